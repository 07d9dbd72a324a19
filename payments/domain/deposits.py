"""What becomes of a deposit once everything is back (domain rule D4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from payments.domain import ledger
from payments.domain.states import Status


class ClaimKind(Status):
    """What the shop may ask for at the return."""

    LATE = "LATE"
    DAMAGE = "DAMAGE"
    CLEANING = "CLEANING"
    LOSS = "LOSS"

    @property
    def account(self) -> str:
        """Where it is revenue: a late return is a fee, the rest makes good a damage."""
        return ledger.FEE if self is ClaimKind.LATE else ledger.DAMAGE


class Claimed(NamedTuple):
    """One claim, in minor units."""

    kind: ClaimKind
    amount_minor: int


@dataclass(frozen=True)
class Outcome:
    """What the shop claims of what it has as a deposit, in minor units.

    `unpaid` is what the customer was to pay later, and has not. What is claimed comes first, and
    what then is left of a deposit that was paid (`is_paid`) stays for it, instead of going back
    only to be asked for again. From a card nothing is taken but claims.
    """

    deposit: int
    claimed: int
    unpaid: int = 0
    is_paid: bool = True

    @property
    def taken(self) -> int:
        """For claims."""
        return min(self.deposit, self.claimed)

    @property
    def netted(self) -> int:
        """For what was not paid."""
        return min(self.deposit - self.taken, self.unpaid) if self.is_paid else 0

    @property
    def back(self) -> int:
        """To the customer, in the same act."""
        return self.deposit - self.taken - self.netted

    @property
    def owed(self) -> int:
        """By the customer: what the deposit does not cover."""
        return self.claimed + self.unpaid - self.taken - self.netted


def sums(claims: Iterable[Claimed]) -> dict[str, int]:
    """What is claimed for each account of the ledger."""
    found: dict[str, int] = {}
    for claim in claims:
        found[claim.kind.account] = found.get(claim.kind.account, 0) + claim.amount_minor
    return found
