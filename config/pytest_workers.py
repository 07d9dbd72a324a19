"""Dealing the tests out to the workers of `pytest -n`, and what each of these has for itself.

pytest-django gives each a database. One process alone, without `-n`, runs the tests in their order.
"""

import gc
from collections import Counter
from collections.abc import Generator

import pytest
from django.conf import settings


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, object, object]:
    """Slow tests are run without coverage, and dealt out first."""
    for item in filter(is_slow, items):
        item.add_marker("no_cover")  # tracing takes half as long again
    name_groups(items)  # before xdist looks for them
    result = yield
    if hasattr(config, "workerinput"):
        put_slow_ones_first(items)  # after pytest-django has sorted them
    return result


def name_groups(items: list[pytest.Item]) -> None:
    """A group is taken by one worker: a slow test by itself, the others by file, and all that need
    the one demo shop."""
    for item in items:
        group = item.nodeid if is_slow(item) else str(item.path)
        if "demo_stack" in getattr(item, "fixturenames", ()):
            group = "demo_stack"
        item.add_marker(pytest.mark.xdist_group(group))


def put_slow_ones_first(items: list[pytest.Item]) -> None:
    """So that no worker ends alone with a long one; then the largest files."""
    many = Counter(item.path for item in items)
    items.sort(key=lambda item: (not is_slow(item), -many[item.path]))


def is_slow(item: pytest.Item) -> bool:
    """Whether it says so of itself."""
    return item.get_closest_marker("slow") is not None


def pytest_collection_finish() -> None:
    """What is there by now stays; the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _a_redis_database_of_its_own(worker_id: str) -> None:
    """Redis has sixteen; the first is for one process alone, and for what tests start.

    It is waited for: how many queries a test sees must not hang on how busy the machine is.
    """
    cache = settings.CACHES["default"]
    if not settings.REDIS_URL:
        return
    cache["OPTIONS"] |= {"SOCKET_CONNECT_TIMEOUT": 30, "SOCKET_TIMEOUT": 30}
    if worker_id != "master":
        mark = "&" if "?" in cache["LOCATION"] else "?"
        cache["LOCATION"] += f"{mark}db={int(worker_id.removeprefix('gw')) + 1}"
