"""What a gateway can tell us, in our own words (architecture, ideas 5 and 7).

A fact is named by the provider's object and what happened to it, so hearing it twice, late or in
another order changes nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from payments.domain.states import DisputeStatus, PaymentStatus, RefundStatus


@dataclass(frozen=True)
class PaymentFact:
    """Something about one payment. Ids that the provider did not tell are empty."""

    outcome: str  # one of OUTCOMES
    payment_id: str = ""  # ours, as we gave it to the provider
    session_id: str = ""
    intent_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    error_code: str = ""
    ref: str = ""  # the provider's name of this very fact, such as `ch_1:failed`
    capture_before: str = ""  # ISO 8601: when the bank lets go of what it holds
    customer_id: str = ""  # theirs, and so is the card's: for charging it later
    method_id: str = ""


OPEN: Final = "open"  # nothing happened yet
PROCESSING: Final = "processing"
AUTHORIZED: Final = "authorized"  # the amount is held on the card, and not taken
SUCCEEDED: Final = "succeeded"
DECLINED: Final = "declined"  # this attempt; another card may still be tried
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"  # it can never be paid any more
# What becomes of a payment that takes money at once; other outcomes leave it as it is.
STATUS_OF_OUTCOME: Final = {
    PROCESSING: PaymentStatus.PROCESSING,
    SUCCEEDED: PaymentStatus.SUCCEEDED,
    FAILED: PaymentStatus.FAILED,
    CANCELLED: PaymentStatus.CANCELLED,
}
OUTCOMES: Final = frozenset({OPEN, PROCESSING, AUTHORIZED, SUCCEEDED, DECLINED, FAILED, CANCELLED})


@dataclass(frozen=True)
class RefundFact:
    """Something about one refund, ours or made in the provider's dashboard."""

    status: RefundStatus
    gateway_refund_id: str
    intent_id: str
    amount_minor: int
    currency: str
    refund_id: str = ""  # ours
    failure_reason: str = ""


WITHDRAWN: Final = ":withdrawn"  # the bank took the money
REINSTATED: Final = ":reinstated"  # and gave it back


@dataclass(frozen=True)
class DisputeFact:
    """How one dispute of a payment stands now."""

    status: DisputeStatus
    gateway_dispute_id: str
    intent_id: str
    amount_minor: int  # may be more or less than the payment
    currency: str
    reason: str = ""
    respond_by: str = ""  # ISO 8601
    movements: tuple[str, ...] = ()  # of its money, oldest first, such as `txn_1:withdrawn`

    @property
    def is_withdrawn(self) -> bool:
        """Whether the bank has the money now; it may take it again after giving it back."""
        return bool(self.movements) and self.movements[-1].endswith(WITHDRAWN)


Fact = PaymentFact | RefundFact | DisputeFact
_KINDS: Final[dict[str, type[Fact]]] = {
    "payment": PaymentFact,
    "refund": RefundFact,
    "dispute": DisputeFact,
}
_STATUSES: Final = {"refund": RefundStatus, "dispute": DisputeStatus}


def to_json(fact: Fact) -> dict[str, Any]:
    """Plain values that `from_json` turns into the same fact; holds ids and amounts only."""
    kind = next(kind for kind, shape in _KINDS.items() if isinstance(fact, shape))
    return {"kind": kind, **asdict(fact)}


def from_json(values: dict[str, Any]) -> Fact:
    fields = {name: value for name, value in values.items() if name != "kind"}
    kind = values["kind"]
    if kind in _STATUSES:
        fields["status"] = _STATUSES[kind](fields["status"])
    if kind == "dispute":
        fields["movements"] = tuple(fields["movements"])
    return _KINDS[kind](**fields)
