"""What a row may become (domain rules D1, D5). Everything that moves a status asks here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from payments.domain.errors import IllegalStep


class Status(StrEnum):
    """A status that knows the words people read."""

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]


class OrderStatus(Status):
    DRAFT = "DRAFT"
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    PICKED_UP = "PICKED_UP"
    RETURNED = "RETURNED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"


class PaymentStatus(Status):
    PENDING = "PENDING"  # asked for; nothing has been received
    PROCESSING = "PROCESSING"  # a delayed method: promised, not yet received
    AUTHORIZED = "AUTHORIZED"  # held on a card, not taken
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    QUARANTINED = "QUARANTINED"  # what arrived is not what was asked for (D6.4)


class RefundStatus(Status):
    UNAPPROVED = "UNAPPROVED"  # waits for a second person; nothing is sent, the room is taken
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    PAID_BY_HAND = "PAID_BY_HAND"  # the gateway failed, and the shop paid it out itself


class ClosingStatus(Status):
    """Of the capture or release of a hold."""

    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"  # the bank had let go of it before


class ClaimStatus(Status):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"  # when the deposit was settled
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"  # the inspection window ended first, and the deposit went back whole


class ChangeStatus(Status):
    """Of a change of an order; from PENDING to one of the others, and late money may still have
    one that is EXPIRED carried out (D6.5)."""

    PENDING = "PENDING"  # waits for its payment, and holds the units that it needs beside
    APPLIED = "APPLIED"
    EXPIRED = "EXPIRED"  # not paid in time, or not possible any more when it was
    CANCELLED = "CANCELLED"


class DisputeStatus(Status):
    INQUIRY = "INQUIRY"  # the bank only asks; the money is still there and may be given back
    NEEDS_RESPONSE = "NEEDS_RESPONSE"
    UNDER_REVIEW = "UNDER_REVIEW"
    WON = "WON"
    LOST = "LOST"
    CLOSED = "CLOSED"  # nothing came of it


class WebhookStatus(Status):
    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    DEAD = "DEAD"


class NotificationStatus(Status):
    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


_O = OrderStatus
ORDER_STEPS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = {
    _O.DRAFT: frozenset({_O.PENDING, _O.CANCELLED}),
    _O.PENDING: frozenset({_O.CONFIRMED, _O.CANCELLED, _O.EXPIRED}),
    _O.CONFIRMED: frozenset({_O.PICKED_UP, _O.CANCELLED, _O.NO_SHOW}),
    _O.PICKED_UP: frozenset({_O.RETURNED, _O.CONFIRMED}),  # back only by undoing the pickup
    _O.RETURNED: frozenset({_O.COMPLETED, _O.PICKED_UP}),
    _O.EXPIRED: frozenset({_O.CONFIRMED}),
    _O.COMPLETED: frozenset(),
    _O.CANCELLED: frozenset(),
    _O.NO_SHOW: frozenset(),
}

# Units are held because of these, and by nothing else (D2.4).
HOLDING: Final = frozenset({_O.PENDING, _O.CONFIRMED, _O.PICKED_UP})

# The customer has the units, or had them, and the deposit is still to be settled.
CLAIMABLE: Final = frozenset({_O.PICKED_UP, _O.RETURNED})

# Nobody is to pay these any more: whoever still wants the units orders again.
ENDED: Final = frozenset({_O.CANCELLED, _O.EXPIRED})

_P = PaymentStatus
# Money that arrived wins over anything said before: a late capture leaves every state.
PAYMENT_STEPS: Final[Mapping[PaymentStatus, frozenset[PaymentStatus]]] = {
    _P.PENDING: frozenset(_P) - {_P.PENDING},
    _P.PROCESSING: frozenset(_P) - {_P.PENDING, _P.PROCESSING},
    _P.AUTHORIZED: frozenset({_P.SUCCEEDED, _P.CANCELLED, _P.QUARANTINED}),
    _P.FAILED: frozenset({_P.SUCCEEDED, _P.QUARANTINED}),
    _P.CANCELLED: frozenset({_P.SUCCEEDED, _P.QUARANTINED}),
    _P.SUCCEEDED: frozenset(),
    _P.QUARANTINED: frozenset(),  # a person decides (services/quarantine.py)
}

# The customer may still pay, or has and the bank is slow.
PAYABLE: Final = frozenset({_P.PENDING, _P.PROCESSING, _P.AUTHORIZED})

# Money may still come, or has come and waits for a person.
UNDECIDED: Final = PAYABLE | {_P.QUARANTINED}

_R = RefundStatus
REFUND_STEPS: Final[Mapping[RefundStatus, frozenset[RefundStatus]]] = {
    _R.UNAPPROVED: frozenset({_R.PENDING, _R.CANCELLED}),
    _R.PENDING: frozenset({_R.PROCESSING, _R.SUCCEEDED, _R.FAILED, _R.CANCELLED}),
    _R.PROCESSING: frozenset({_R.SUCCEEDED, _R.FAILED, _R.CANCELLED}),
    _R.SUCCEEDED: frozenset({_R.FAILED}),  # banks do that
    _R.FAILED: frozenset({_R.PAID_BY_HAND}),
    _R.CANCELLED: frozenset(),
    _R.PAID_BY_HAND: frozenset(),
}

# The customer has it back, one way or the other.
REFUND_DONE: Final = frozenset({_R.SUCCEEDED, _R.PAID_BY_HAND})

# These take room from what may still be refunded (rule R15).
REFUND_LIVE: Final = REFUND_DONE | {_R.UNAPPROVED, _R.PENDING, _R.PROCESSING}

# The bank has not decided yet. There are no steps: banks change their minds, to either side.
DISPUTE_OPEN: Final = frozenset(
    {DisputeStatus.INQUIRY, DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW}
)

# The bank has taken the money or may do so: to give it back as well would be to pay twice.
DISPUTE_BLOCKS: Final = frozenset(
    {DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST}
)


def check_order_step(old: OrderStatus, new: OrderStatus) -> None:
    """Raises IllegalStep unless an order may go from `old` to `new` (D1)."""
    if new is old:
        raise IllegalStep(f"The order is {old.label.lower()} already.")
    if new not in ORDER_STEPS[old]:
        raise IllegalStep(
            f"An order that is {old.label.lower()} cannot become {new.label.lower()}."
        )


def check_refund_step(old: RefundStatus, new: RefundStatus) -> None:
    """Raises IllegalStep unless a refund may go from `old` to `new` (D5)."""
    if new not in REFUND_STEPS[old]:
        raise IllegalStep(
            f"A refund that is {old.label.lower()} cannot become {new.label.lower()}."
        )
