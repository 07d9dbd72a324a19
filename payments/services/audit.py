"""Whether the books are sound: each invariant asked of the database (reliability, section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from common.logging import get_logger
from payments.audit import INVARIANTS, Invariant

log = get_logger(__name__)

# Enough to see what is wrong; a table that is wrong in every row is not printed whole.
MAX_ROWS: Final = 100


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold, with the first rows that offend, each a tuple."""

    invariant: Invariant
    rows: list[tuple[Any, ...]]


def breaches(*, at_rest: bool = False, of: Iterable[Invariant] = INVARIANTS) -> list[Breach]:
    """What does not hold now. `at_rest` also asks what may be broken while work is under way."""
    asked = [invariant for invariant in of if at_rest or not invariant.at_rest]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")  # years of orders take a while
        found = []
        for invariant in asked:
            cursor.execute(invariant.sql)
            if rows := cursor.fetchmany(MAX_ROWS):
                found.append(Breach(invariant, rows))
    return found


def report() -> None:
    """Log an error for each invariant that does not hold; ids and amounts, nothing personal."""
    for breach in breaches():
        rows = [[str(value) for value in row] for row in breach.rows[:10]]
        log.error("books_broken", invariant=str(breach.invariant), rows=rows)
