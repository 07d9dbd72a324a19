"""What every test can ask for. Servers are real: PostgreSQL, Redis, and the Stripe sandbox."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as of_the_run
from django.core.files.storage import storages
from django.core.management.commands import flush
from django.db import connection, connections, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings as hypothesis_settings

from demo.processes import is_free
from demo.stack import Stack, running_stack
from payments.gateways.stripe.transport import Transport
from payments.tests.sandbox import Sandbox, expect_no_violations, free_port

pytest_plugins = ["config.pytest_workers"]

# The same examples in every run: a red test stays red until its cause is mended.
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")

ABOUT_MODELS = {"auth_permission", "django_content_type"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Sessions as tests want them.

    No commit waits for the disk: what is written need not outlive a power cut. And whoever waits
    for a lock is patient, or the outcome of a race would hang on how busy the machine is.
    """
    connections["default"].settings_dict["OPTIONS"]["options"] += (
        " -c synchronous_commit=off -c lock_timeout=60s -c statement_timeout=90s"
        " -c idle_in_transaction_session_timeout=90s"
    )
    connections["default"].settings_dict["OPTIONS"]["connect_timeout"] = 60


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_when_asked_for() -> None:
    """And not all of them anew for each test's client, which takes longer than most tests."""
    of_the_run.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_hashed_quickly() -> None:
    """As in production only where a test of the accounts asks for `hash_rounds`."""
    of_the_run.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[str]:
    """A Stripe sandbox of this test run; returns its address.

    It compares each call and event with Stripe's description, and the run fails where one differs.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "stripe_sandbox", "--port", str(port), "--seed", "1", "--check"],
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(f"{address}/_sandbox/clock", timeout=1)
            break
        except requests.RequestException:
            assert process.poll() is None, "the sandbox did not start"
            assert time.monotonic() < deadline, "the sandbox keeps silent"
            time.sleep(0.05)
    yield address
    try:
        expect_no_violations(address)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def demo_stack() -> Iterator[Stack]:
    """All of Rentwell as `make demo` runs it: web server, worker and sandbox, on a demo shop."""
    while not is_free((port := free_port()) + 1):  # the sandbox takes the next one
        continue
    with running_stack(port, "rentwell_test_stack", "--check") as stack:
        yield stack
        expect_no_violations(stack.sandbox)


@pytest.fixture
def _outside_transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test is about: Stripe is called in no transaction, by whatever road (P7)."""
    call, inside = Transport.request, []

    def watched(transport: Transport, method: str, url: str, *more: Any, **named: Any) -> Any:
        blocks: list[Any] = connection.atomic_blocks
        if any(not block._from_testcase for block in blocks):
            inside.append(f"{method} {url}")  # told at the end: here, somebody may catch it
        return call(transport, method, url, *more, **named)

    monkeypatch.setattr(Transport, "request", watched)
    yield
    assert not inside, f"called inside a transaction: {inside}"


@pytest.fixture
def sandbox(
    sandbox_process: str,
    settings: object,
    monkeypatch: pytest.MonkeyPatch,
    _outside_transactions: None,
) -> Iterator[Sandbox]:
    """A clean sandbox that the product is pointed at. The SDK tries again at once."""
    monkeypatch.setattr(Transport, "_sleep_time_seconds", lambda *_, **__: 0)
    settings.STRIPE_API_BASE = sandbox_process  # type: ignore[attr-defined]
    settings.STRIPE_SECRET_KEY = "sk_test_of_the_tests"  # type: ignore[attr-defined]
    settings.STRIPE_WEBHOOK_SECRET = Sandbox.WEBHOOK_SECRET  # type: ignore[attr-defined]
    sandbox = Sandbox(sandbox_process)
    sandbox.reset()
    yield sandbox
    sandbox.reset()


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_row_by_row() -> Iterator[None]:
    """Between transactional tests Django truncates its tables, which a ledger's triggers refuse.

    So the triggers are off meanwhile. For the few rows of a test, deleting is ten times faster; and
    what the migrations wrote about the models stays, or it would be made anew each time.
    """

    def delete_all(operations: DatabaseOperations, _: Any, tables: Sequence[str], **__: Any) -> Any:
        emptied = (table for table in tables if table not in ABOUT_MODELS)
        return [f"DELETE FROM {operations.quote_name(table)}" for table in emptied]

    def without_triggers(operations: DatabaseOperations, statements: Sequence[str]) -> None:
        with transaction.atomic(), operations.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(statements))  # in one go: most tables are empty

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete_all)
        patch.setattr(DatabaseOperations, "execute_sql_flush", without_triggers)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture
def evidence_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files of orders are kept during a test."""
    monkeypatch.setattr(storages["evidence"], "location", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _no_jobs_left(request: pytest.FixtureRequest) -> None:
    """Between transactional tests Django empties its own tables, of which the queue is none."""
    marker, asked = request.node.get_closest_marker("django_db"), {*request.fixturenames}
    if marker is not None or asked & {"db", "transactional_db"}:
        is_marked = marker is not None and marker.kwargs.get("transaction")
        is_transactional = is_marked or "transactional_db" in asked
        request.getfixturevalue("transactional_db" if is_transactional else "db")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
