"""The books at the end of a fault test: all invariants, and the sandbox's books beside ours."""

from typing import Any, Final

from payments.models import Dispute, Payment, Refund
from payments.services.audit import breaches
from payments.tests.sandbox import Sandbox


def broken(*, at_rest: bool = False) -> dict[str, list[Any]]:
    """The invariants that do not hold now, each with its offending rows."""
    return {str(breach.invariant): breach.rows for breach in breaches(at_rest=at_rest)}


REFUND_STATUS: Final = {
    "pending": "PROCESSING",
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "canceled": "CANCELLED",
}
DISPUTE_STATUS: Final = {
    "warning_needs_response": "INQUIRY",
    "warning_under_review": "INQUIRY",
    "warning_closed": "CLOSED",
    "needs_response": "NEEDS_RESPONSE",
    "under_review": "UNDER_REVIEW",
    "won": "WON",
    "lost": "LOST",
}


def strangers(sandbox: Sandbox) -> list[str]:
    """Predicate P1: money at Stripe that our books do not show, or show otherwise."""
    found = []
    for intent in sandbox.get("/v1/payment_intents", limit="100")["data"]:
        rows = list(Payment.objects.filter(intent_id=intent["id"]))
        if intent["amount_received"] != sum(row.captured_minor for row in rows):
            found.append(f"{intent['id']} received {intent['amount_received']}, ours: {rows}")
        is_held = intent["status"] == "requires_capture"
        if is_held != any(row.status == "AUTHORIZED" for row in rows):
            found.append(f"{intent['id']} {intent['status']}, ours: {rows}")
    for refund in sandbox.get("/v1/refunds", limit="100")["data"]:
        row = Refund.objects.filter(gateway_refund_id=refund["id"]).first()
        ours = (row.amount_minor, row.status) if row else None
        if ours != (refund["amount"], REFUND_STATUS[refund["status"]]):
            found.append(f"{refund['id']} {refund['amount']} {refund['status']}, ours: {ours}")
    for dispute in sandbox.get("/v1/disputes", limit="100")["data"]:
        known = Dispute.objects.filter(gateway_dispute_id=dispute["id"]).first()
        if (known and (known.amount_minor, known.status)) != (
            dispute["amount"],
            DISPUTE_STATUS[dispute["status"]],
        ):
            found.append(f"{dispute['id']} {dispute['amount']} {dispute['status']}, ours: {known}")
    return found


def assert_books(sandbox: Sandbox | None = None, *, at_rest: bool = True) -> None:
    """All invariants hold, and with a sandbox its books and ours show the same money."""
    found = broken(at_rest=at_rest)
    assert not found, found
    unknown = strangers(sandbox) if sandbox else []
    assert not unknown, unknown
