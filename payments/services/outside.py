"""What holds before anything slow and outside is called."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeVar

from django.conf import settings
from django.db import connection

Listed = TypeVar("Listed")

PAGE: Final = 100


def release_connection() -> None:
    """Give the database connection back to the pool before a slow call.

    Raises RuntimeError inside a transaction: a gateway is never called there (predicate P7).
    """
    if connection.in_atomic_block:
        raise RuntimeError("A gateway must not be called inside a transaction.")
    if settings.DB_POOL_SIZE:
        connection.close()


def in_pages(listed: Iterator[Listed]) -> Iterator[list[Listed]]:
    """What a gateway lists, a page at a time; no database connection waits while one is fetched."""
    while True:
        release_connection()
        page = list(islice(listed, PAGE))
        if not page:
            return
        yield page
