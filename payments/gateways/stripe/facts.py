"""From Stripe's objects and events to our facts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

import stripe

from payments.domain import facts
from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact
from payments.domain.states import DisputeStatus, RefundStatus
from payments.gateways.base import GatewayEvent

SESSION_OUTCOME: Final = {
    ("complete", "paid"): facts.SUCCEEDED,
    ("complete", "no_payment_required"): facts.SUCCEEDED,
    ("complete", "unpaid"): facts.PROCESSING,
    ("expired", "unpaid"): facts.CANCELLED,
    ("open", "unpaid"): facts.OPEN,
}
INTENT_OUTCOME: Final = {
    "succeeded": facts.SUCCEEDED,
    "processing": facts.PROCESSING,
    "requires_capture": facts.AUTHORIZED,
    "canceled": facts.CANCELLED,
}
REFUND_STATUS: Final = {
    "pending": RefundStatus.PROCESSING,
    "requires_action": RefundStatus.PROCESSING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}
# A word that we do not know counts as under review: nothing is given back meanwhile.
DISPUTE_STATUS: Final = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "appeal_needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "appeal_under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


def _session_fact(session: Mapping[str, Any], outcome: str) -> PaymentFact:
    is_paid = session.get("payment_status") != "no_payment_required"
    intent = session.get("payment_intent") or ""
    intent_id = intent["id"] if isinstance(intent, Mapping) else intent
    return PaymentFact(
        outcome=outcome,
        payment_id=session.get("client_reference_id") or "",
        session_id=session["id"],
        intent_id=intent_id,
        amount_minor=(session.get("amount_total") or 0) if is_paid else 0,
        currency=(session.get("currency") or "").upper(),
        ref=f"{intent_id or session['id']}:{outcome}",
        **(_saved_card(intent) if isinstance(intent, Mapping) else {}),
    )


def session_facts(session: Mapping[str, Any]) -> list[Fact]:
    """What a Checkout Session says, and its intent where a delayed payment ended."""
    outcome = SESSION_OUTCOME.get((session["status"], session["payment_status"]), facts.OPEN)
    intent = session.get("payment_intent")
    if session["status"] == "complete" and isinstance(intent, Mapping) and _is_hold(intent):
        return [replace(intent_fact(intent), session_id=session["id"])]  # it knows how much is held
    if outcome == facts.PROCESSING and isinstance(intent, Mapping):
        # Complete and unpaid: only the intent knows whether the bank has said no (row B10).
        outcome = (
            facts.FAILED
            if intent["status"] == "requires_payment_method"
            else INTENT_OUTCOME.get(intent["status"], facts.PROCESSING)
        )
    return [_session_fact(session, outcome)]


def _is_hold(intent: Mapping[str, Any]) -> bool:
    return intent.get("capture_method") == "manual"


def intent_fact(intent: Mapping[str, Any]) -> PaymentFact:
    """What a PaymentIntent says: paid, on its way, over, or refused for now."""
    error = intent.get("last_payment_error") or {}
    outcome = INTENT_OUTCOME.get(intent["status"])
    if outcome is None:
        outcome = facts.DECLINED if error else facts.OPEN
    attempt = error.get("charge") or intent["id"]
    return PaymentFact(
        outcome=outcome,
        payment_id=(intent.get("metadata") or {}).get("payment_id", ""),
        intent_id=intent["id"],
        amount_minor=_amount(intent, outcome),
        currency=intent["currency"].upper(),
        error_code=error.get("decline_code") or error.get("code") or "",
        ref=f"{attempt if outcome == facts.DECLINED else intent['id']}:{outcome}",
        capture_before=_capture_before(intent),
        **_saved_card(intent),
    )


def _saved_card(intent: Mapping[str, Any]) -> dict[str, str]:
    """A card that may be asked again without its owner, and whose it is; by their ids."""
    if not intent.get("setup_future_usage") or not intent.get("customer"):
        return {}
    return {
        "customer_id": intent["customer"],
        "method_id": intent.get("payment_method") or "",
    }


def _amount(intent: Mapping[str, Any], outcome: str) -> int:
    held = outcome == facts.AUTHORIZED
    return intent.get("amount_capturable" if held else "amount_received") or 0


def _capture_before(intent: Mapping[str, Any]) -> str:
    """When the bank lets go of what it holds; only the charge knows, and not every one says."""
    charge = intent.get("latest_charge")
    if intent["status"] != "requires_capture" or not isinstance(charge, Mapping):
        return ""
    card = charge["payment_method_details"].get("card") or {}
    ends = card.get("capture_before")
    return datetime.fromtimestamp(ends, UTC).isoformat() if ends else ""


def refund_fact(refund: Mapping[str, Any]) -> RefundFact:
    """What a Refund says; a status that we do not know means that it is still on its way."""
    return RefundFact(
        status=REFUND_STATUS.get(refund.get("status") or "", RefundStatus.PROCESSING),
        gateway_refund_id=refund["id"],
        intent_id=refund.get("payment_intent") or "",
        amount_minor=refund["amount"],
        currency=refund["currency"].upper(),
        refund_id=(refund.get("metadata") or {}).get("refund_id", ""),
        failure_reason=refund.get("failure_reason") or "",
    )


def is_disputed(intent: Mapping[str, Any]) -> bool:
    """Whether an intent with its charge says that there was ever a dispute."""
    charge = intent.get("latest_charge")
    return isinstance(charge, Mapping) and bool(charge["disputed"])


def dispute_fact(dispute: Mapping[str, Any]) -> DisputeFact:
    """How a Dispute stands now, and what it did to the money."""
    moved = sorted(dispute["balance_transactions"], key=lambda line: line["created"])
    due_by = dispute["evidence_details"].get("due_by")
    return DisputeFact(
        status=DISPUTE_STATUS.get(dispute["status"], DisputeStatus.UNDER_REVIEW),
        gateway_dispute_id=dispute["id"],
        intent_id=dispute.get("payment_intent") or "",
        amount_minor=dispute["amount"],
        currency=dispute["currency"].upper(),
        reason=dispute["reason"],
        respond_by=datetime.fromtimestamp(due_by, UTC).isoformat() if due_by else "",
        movements=tuple(
            line["id"] + (facts.WITHDRAWN if line["amount"] < 0 else facts.REINSTATED)
            for line in moved
        ),
    )


def _session_with(outcome: str) -> Callable[[Mapping[str, Any]], list[Fact]]:
    return lambda session: [_session_fact(session, outcome)]


# Every word of Stripe's that means something to us; any other event is ignored (row B09).
EVENT_FACTS: Final[Mapping[str, Callable[[Mapping[str, Any]], list[Fact]]]] = {
    "checkout.session.completed": session_facts,
    "checkout.session.expired": _session_with(facts.CANCELLED),
    "checkout.session.async_payment_succeeded": _session_with(facts.SUCCEEDED),
    "checkout.session.async_payment_failed": _session_with(facts.FAILED),
    "payment_intent.succeeded": lambda intent: [intent_fact(intent)],
    "payment_intent.payment_failed": lambda intent: [intent_fact(intent)],
    "payment_intent.canceled": lambda intent: [intent_fact(intent)],
    "refund.created": lambda refund: [refund_fact(refund)],
    "refund.updated": lambda refund: [refund_fact(refund)],
    "refund.failed": lambda refund: [refund_fact(refund)],
}

# These only say where to look, and in which field: the charge does not carry its refunds, and a
# dispute goes to and fro, so that only how it stands now counts.
LOOKED_UP: Final[Mapping[str, str]] = {
    "payment_intent.amount_capturable_updated": "id",  # its charge knows for how long
    "charge.refunded": "payment_intent",
    "charge.dispute.created": "id",
    "charge.dispute.updated": "id",
    "charge.dispute.closed": "id",
    "charge.dispute.funds_withdrawn": "id",
    "charge.dispute.funds_reinstated": "id",
}

# What is worth asking for again when it was not delivered.
EVENT_TYPES: Final = (*EVENT_FACTS, *LOOKED_UP)


def normalize(event: Mapping[str, Any]) -> GatewayEvent:
    """A Stripe event in our words. Raises KeyError, TypeError or ValueError for what is none."""
    payload = event["data"]["object"]
    event_type = str(event["type"])
    known: tuple[Fact, ...] = ()
    look_up = ""
    if event_type in LOOKED_UP:
        look_up = payload.get(LOOKED_UP[event_type]) or ""
    elif event_type in EVENT_FACTS:
        if event.get("api_version") == stripe.api_version:
            known = tuple(EVENT_FACTS[event_type](payload))
        else:
            look_up = _fetchable(payload)  # its shape is not ours to guess: fetch it
    return GatewayEvent(
        event_id=str(event["id"]),
        event_type=event_type,
        object_id=str(payload.get("id") or ""),
        livemode=bool(event["livemode"]),
        occurred_at=datetime.fromtimestamp(event["created"], UTC),
        facts=known,
        look_up=look_up,
    )


def _fetchable(payload: Mapping[str, Any]) -> str:
    """The session or intent to ask about, from an object of whatever version."""
    object_id = str(payload.get("id") or "")
    if object_id.startswith(("cs_", "pi_")):
        return object_id
    return str(payload.get("payment_intent") or "")


def check_storable(event: GatewayEvent) -> None:
    """Raises ValueError for text that PostgreSQL does not take, which Stripe would not write."""
    text = json.dumps(asdict(event), ensure_ascii=False, default=str)
    text.encode()
    if r"\u0000" in text or len(event.event_id) > 255:
        raise ValueError
