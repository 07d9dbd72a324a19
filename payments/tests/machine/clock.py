"""One clock for all three: PostgreSQL's, the sandbox's and this process's, moved together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import time_machine
from django.db import connection, connections
from django.utils import timezone

from payments.tests.sandbox import Sandbox

# In the database, now() is what the search path finds first.
_MAKE = """
CREATE SCHEMA moved;
CREATE TABLE moved.clock (ahead interval NOT NULL);
INSERT INTO moved.clock VALUES ('0');
CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + ahead FROM moved.clock';
CREATE FUNCTION moved.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.statement_timestamp() + ahead FROM moved.clock';
"""
_DROP = "DROP SCHEMA moved CASCADE"


class Clock:
    """Moves forward only; `reset` shows real time again, for a world that begins anew."""

    def __init__(self, sandbox: Sandbox, ours: time_machine.Traveller) -> None:
        self._sandbox, self._ours = sandbox, ours
        self._ahead = timedelta(0)

    def advance(self, by: timedelta) -> None:
        """Let time pass; what falls due at Stripe meanwhile has happened when this returns."""
        self._sandbox.advance(int(by.total_seconds()))
        self._set(self._ahead + by)

    def advance_to(self, instant: datetime) -> None:
        """Let time pass until then."""
        self.advance(instant - timezone.now())

    def reset(self) -> None:
        """Real time again, here; a sandbox that is reset goes back by itself."""
        self._set(timedelta(0))

    def today_at_ten(self) -> datetime:
        """Ten o'clock of the present day."""
        return timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)

    def _set(self, ahead: timedelta) -> None:
        self._ours.shift(ahead - self._ahead)
        self._ahead = ahead
        _execute("UPDATE moved.clock SET ahead = make_interval(secs => %s)", ahead.total_seconds())


@contextmanager
def one_clock(sandbox: Sandbox) -> Iterator[Clock]:
    """The clock; every connection to the test's database that is opened meanwhile follows it."""
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    _execute(_MAKE)
    _execute(f"ALTER DATABASE {database} SET search_path = moved, pg_catalog, public")
    connections.close_all()
    try:
        with time_machine.travel(timezone.now(), tick=True) as ours:
            yield Clock(sandbox, ours)
    finally:
        _execute(f"ALTER DATABASE {database} RESET search_path")
        _execute(_DROP)
        connections.close_all()


def _execute(statement: str, *values: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
