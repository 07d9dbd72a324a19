"""Which clients there are, and how each is made ready and run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import environments

#: How a client's flows are started: given its folder and the report to write.
Command = Callable[[Path, Path], list[str]]


@dataclass(frozen=True)
class Client:
    """One client: its folder beside this file, its command, and options of its sandbox."""

    name: str
    command: Command
    sandbox: tuple[str, ...] = ()


def _node_test(home: Path, report: Path) -> list[str]:
    """Node's own test runner over ``*.test.mjs``."""
    node = environments.npm(home)
    reporter = ("--test-reporter=junit", f"--test-reporter-destination={report}")
    return [str(node), "--test", "--test-concurrency=1", *reporter]


def _pytest(home: Path, report: Path) -> list[str]:
    """pytest over ``*_flows.py``, in a virtual environment with the folder's requirements."""
    interpreter = environments.python(home, home / "requirements.txt")
    return [str(interpreter), "-m", "pytest", "-q", f"--junitxml={report}"]


CLIENTS = (
    Client("node", _node_test),
    # The CLI names no version and still sends what 2026-09-30 retired.
    Client("cli", _node_test, ("--api-version", "2026-08-26.dahlia")),
    Client("dj-stripe", _pytest),
    Client("django-payments", _pytest),
)
