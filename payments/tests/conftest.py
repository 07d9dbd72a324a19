import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _no_old_jobs(request: pytest.FixtureRequest) -> None:
    """After a test Django empties its own tables only, and the queue's are not among them."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None:
        request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
