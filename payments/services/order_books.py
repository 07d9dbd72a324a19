"""The books of one order, read once: what each account stands at, and its money in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from payments.domain import ledger
from payments.models import LedgerEntry, RentalOrder

CAPTURED: Final = ":captured"  # how the ledger calls the arrival of a payment's money


@dataclass(frozen=True)
class Movement:
    """Money that came in, or below zero, went back."""

    at: datetime
    amount_minor: int


@dataclass(frozen=True)
class OrderBooks:
    """Everything posted about one order, oldest first."""

    entries: Sequence[LedgerEntry]

    def on(self, account: str) -> int:
        """What stands on `account`: debits positive, credits negative."""
        return sum(entry.amount_minor for entry in self.entries if entry.account == account)

    @property
    def is_binding(self) -> bool:
        """Whether its price was charged."""
        return any(entry.transaction.reference.endswith(":charged") for entry in self.entries)

    @property
    def cost_minor(self) -> int:
        """What the order costs: everything on the accounts of revenue, and the tax on it."""
        return -sum(map(self.on, (ledger.RENT, ledger.TAX, ledger.FEE, ledger.DAMAGE)))

    @property
    def deposit_minor(self) -> int:
        """The customer's own money in the shop's keeping."""
        return -self.on(ledger.DEPOSIT)

    @property
    def movements(self) -> list[Movement]:
        return [
            Movement(entry.transaction.posted_at, entry.amount_minor)
            for entry in self.entries
            if ledger.is_clearing(entry.account)
        ]

    def payments_after(self, fact_id: int) -> list[Movement]:
        """What the customer paid after that fact; no refund that failed, and no dispute won."""
        return [
            Movement(entry.transaction.posted_at, entry.amount_minor)
            for entry in self.entries
            if entry.transaction_id > fact_id and _is_payment(entry)
        ]

    @property
    def last_id(self) -> int:
        """Of the last fact that was posted."""
        return self.entries[-1].transaction_id


def _is_payment(entry: LedgerEntry) -> bool:
    is_cash = ledger.is_clearing(entry.account)
    return is_cash and entry.transaction.reference.endswith(CAPTURED)


def read_books(order: RentalOrder) -> OrderBooks:
    """The books of a locked order; nobody posts to them meanwhile."""
    entries = LedgerEntry.objects.filter(transaction__order=order).select_related("transaction")
    return OrderBooks(list(entries.order_by("transaction_id", "id")))
