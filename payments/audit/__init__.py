"""What must hold in the books, as SQL over the schema `audit` and, where that cannot tell, over our
own tables. Each query returns the rows that offend."""

from payments.audit import documents, history, money, units, work
from payments.audit.invariant import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *money.INVARIANTS,
    *units.INVARIANTS,
    *work.INVARIANTS,
    *history.INVARIANTS,
    *documents.INVARIANTS,
)

__all__ = ["INVARIANTS", "Invariant"]
