"""For the twin of a race: a function of the database as another one, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def replaced(name: str, by: str) -> Iterator[None]:
    """`by` creates the other one; afterwards the function is again what it was, whichever migration
    had made it so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        [(before,)] = cursor.fetchall()
        cursor.execute(by)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(before)
