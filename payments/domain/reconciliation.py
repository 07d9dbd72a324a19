"""What two sets of books say of the same money, so that they can be compared (predicate P1)."""

from dataclasses import dataclass
from typing import Final

from common.money import format_money
from payments.domain import facts
from payments.domain.facts import DisputeFact, PaymentFact, RefundFact
from payments.domain.states import DisputeStatus, PaymentStatus


@dataclass(frozen=True)
class BookLine:
    """One line of somebody's books; two that are equal say the same."""

    state: str
    amount_minor: int
    currency: str

    def __str__(self) -> str:
        return f"{self.state} {format_money(self.amount_minor, self.currency)}"


RECEIVED, ON_ITS_WAY, HELD, NOTHING = "received", "on its way", "held", "nothing"
NO_MONEY: Final = frozenset({NOTHING, "failed", "cancelled"})

# Whatever has brought no money is alike: how it ended is the poll's business.
_TOLD: Final = {
    facts.SUCCEEDED: RECEIVED,
    facts.PROCESSING: ON_ITS_WAY,
    facts.AUTHORIZED: HELD,
}
_WRITTEN: Final = {
    PaymentStatus.SUCCEEDED: RECEIVED,
    PaymentStatus.PROCESSING: ON_ITS_WAY,
    PaymentStatus.AUTHORIZED: HELD,
    PaymentStatus.QUARANTINED: "quarantined",
}


def told_of_payment(fact: PaymentFact) -> BookLine:
    """What the gateway's books say."""
    state = _TOLD.get(fact.outcome, NOTHING)
    amount = fact.amount_minor if state in (RECEIVED, HELD) else 0
    return BookLine(state, amount, fact.currency)


def written_of_payment(status: PaymentStatus, amount_minor: int, currency: str) -> BookLine:
    """What ours say; the amount is what was captured, or is held."""
    return BookLine(_WRITTEN.get(status, NOTHING), amount_minor, currency)


def told_of_refund(fact: RefundFact) -> BookLine:
    return BookLine(fact.status.value.lower(), fact.amount_minor, fact.currency)


def told_of_dispute(fact: DisputeFact) -> BookLine:
    was_withdrawn = bool(fact.movements)
    has_come_back = was_withdrawn and not fact.is_withdrawn
    return written_of_dispute(
        fact.status, fact.amount_minor, fact.currency, was_withdrawn, has_come_back
    )


def written_of_dispute(
    status: DisputeStatus, amount_minor: int, currency: str, withdrawn: bool, reinstated: bool
) -> BookLine:
    """`withdrawn` and `reinstated`: whether the money was taken, and came back."""
    words = [status.label.lower(), withdrawn and "withdrawn", reinstated and "reinstated"]
    return BookLine(", ".join(word for word in words if word), amount_minor, currency)


def moves_money(entry: BookLine) -> bool:
    """Whether it is missed in books that do not have it."""
    return entry.state not in NO_MONEY
