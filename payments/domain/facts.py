"""What a gateway can tell us, in our own words (architecture, ideas 5 and 7).

A fact is named by the provider's object and what happened to it, so hearing it twice, late or in
another order changes nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from payments.domain.states import RefundStatus


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


OPEN: Final = "open"  # nothing happened yet
PROCESSING: Final = "processing"
SUCCEEDED: Final = "succeeded"
DECLINED: Final = "declined"  # this attempt; another card may still be tried
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"  # it can never be paid any more
OUTCOMES: Final = frozenset({OPEN, PROCESSING, SUCCEEDED, DECLINED, FAILED, CANCELLED})


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


Fact = PaymentFact | RefundFact


def to_json(fact: Fact) -> dict[str, Any]:
    """Plain values that `from_json` turns into the same fact; holds ids and amounts only."""
    kind = "refund" if isinstance(fact, RefundFact) else "payment"
    return {"kind": kind, **asdict(fact)}


def from_json(values: dict[str, Any]) -> Fact:
    fields = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == "refund":
        return RefundFact(**{**fields, "status": RefundStatus(fields["status"])})
    return PaymentFact(**fields)
