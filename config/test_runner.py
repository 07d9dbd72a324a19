"""`python manage.py test payments` runs pytest, so that there is one way to run the tests."""

from pathlib import Path
from typing import Any

import pytest


class PytestRunner:
    """The part of Django's test-runner protocol that `manage.py test` uses."""

    def __init__(
        self, verbosity: int = 1, failfast: bool = False, keepdb: bool = False, **options: Any
    ) -> None:
        self.verbosity = verbosity
        self.failfast = failfast
        self.keepdb = keepdb

    def run_tests(self, test_labels: list[str], **options: Any) -> int:
        """Run the tests under `test_labels` (apps, folders or dotted paths); all when empty."""
        return pytest.main(self.arguments(test_labels))

    def arguments(self, test_labels: list[str]) -> list[str]:
        """The command line for pytest."""
        arguments = [place_of(label) for label in test_labels]
        if self.verbosity > 1:
            arguments.append("-vv")
        if self.failfast:
            arguments.append("--exitfirst")
        if self.keepdb:
            arguments.append("--reuse-db")
        return arguments


def place_of(label: str) -> str:
    """Where the tests of a label are: `app.tests.test_x.test_y` -> `app/tests/test_x.py::test_y`.

    What is no dotted path is left for pytest to understand.
    """
    if Path(label).exists():
        return label
    module, names = label, list[str]()
    while module:
        path = Path(module.replace(".", "/"))
        for place in (path, path.with_suffix(".py")):
            if place.exists():
                return "::".join([str(place), *names])
        module, _, name = module.rpartition(".")
        names.insert(0, name)
    return label
