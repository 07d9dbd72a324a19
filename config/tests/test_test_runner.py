"""`python manage.py test`, as the specification has it, runs pytest."""

import subprocess
import sys

import pytest

from config.test_runner import PytestRunner, place_of


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("payments", "payments"),
        ("payments.tests", "payments/tests"),
        ("config.tests.test_test_runner", "config/tests/test_test_runner.py"),
        ("config.tests.test_test_runner.test_x", "config/tests/test_test_runner.py::test_x"),
        ("config.tests.test_x.Case.test_y", "config/tests::test_x::Case::test_y"),
        ("config/tests/test_safety.py", "config/tests/test_safety.py"),
        ("nowhere.at.all", "nowhere.at.all"),
    ],
)
def test_labels_are_places(label: str, place: str) -> None:
    assert place_of(label) == place


def test_options_are_handed_on() -> None:
    runner = PytestRunner(verbosity=2, failfast=True, keepdb=True)
    assert runner.arguments(["payments"]) == ["payments", "-vv", "--exitfirst", "--reuse-db"]
    assert PytestRunner().arguments([]) == []


@pytest.mark.parametrize(("label", "status"), [("common.tests.test_money", 0), ("nowhere", 4)])
def test_the_command_s_exit_status_is_pytest_s(label: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "test", label], capture_output=True, text=True, check=False
    )
    assert bool(done.returncode) == bool(status), done.stdout + done.stderr
    assert ("passed" in done.stdout) == (status == 0)
