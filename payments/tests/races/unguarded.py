"""For the twin of a race: a function of the database as another one, for a while.

Where such a function has looked it waits for others with `meeting`, so that the twin fails by what
it lacks and not by luck; for Python there is `parallel.Meeting`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_HERE = 1_061_106  # an advisory lock that nobody else takes


def meeting(parties: int) -> str:
    """Statements of PL/pgSQL: wait until so many are here whose transactions have not ended.

    Who has waited for half a minute goes on alone.
    """
    return f"""
    PERFORM pg_advisory_xact_lock_shared({_HERE});
    FOR turn IN 1..3000 LOOP
        EXIT WHEN {parties} <= (
            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_HERE});
        PERFORM pg_sleep(0.01);
    END LOOP;
    """


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
