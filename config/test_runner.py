"""`python manage.py test payments` runs pytest, so that there is one way to run the tests."""

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
        arguments = [label.replace(".", "/") for label in test_labels]
        if self.verbosity > 1:
            arguments.append("-vv")
        if self.failfast:
            arguments.append("--exitfirst")
        if self.keepdb:
            arguments.append("--reuse-db")
        return pytest.main(arguments)
