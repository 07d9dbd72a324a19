"""Tests are dealt out in groups, or two workers would make the one demo shop at the same time."""

import pytest


def test_a_worker_takes_the_tests_of_a_file_as_a_whole(request: pytest.FixtureRequest) -> None:
    """Where there are workers, this very test bears the name of its group."""
    is_in_a_worker = hasattr(request.config, "workerinput")
    assert request.node.nodeid.endswith(f"@{request.path}") == is_in_a_worker
