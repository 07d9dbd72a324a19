"""For the twin of a race: a function of the database as another one, for a while.

Where such a function has looked it waits for others with `meeting`, so that the twin fails by what
it lacks and not by luck; for Python there is `parallel.Meeting`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

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


# The exact peak, and the counters left alone.
_WITHOUT_LOCK = f"""
CREATE OR REPLACE FUNCTION payments_move_units(
    added payments_reservation[], removed payments_reservation[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM unnest(added) AS wanted WHERE wanted.is_active) THEN
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(added) AS wanted JOIN catalog_product AS product
            ON product.id = wanted.product_id
        WHERE wanted.is_active
          AND payments_peak(product.id, wanted.starts_at, wanted.ends_at, NULL) > product.units
    ) THEN
        RAISE EXCEPTION 'not enough units' USING ERRCODE = 'RW001', DETAIL = '[]';
    END IF;
    {meeting(2)}
END
$$
"""


def gate_without_its_lock() -> AbstractContextManager[None]:
    """Two who want the same unit at once both look before one of them has it."""
    return replaced("payments_move_units", _WITHOUT_LOCK)
