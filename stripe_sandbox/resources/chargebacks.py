"""What the bank does about a dispute (stripe.md, "Refunds and disputes"); the shop: ``disputes``.

A chargeback takes the money and a fee at once; an inquiry (``warning_…``) only asks.
"""

from __future__ import annotations

from ..call import NO_REQUEST, Origin
from ..errors import StateConflictError
from ..sandbox import Sandbox
from ..store import Obj
from . import balance_transactions
from .payment_methods import instrument_of

DAY = 24 * 3600
#: How long, on the sandbox's clock, until a disputing card's owner complains: by the next call.
RAISED_AFTER = 0
#: How long the shop may answer.
ANSWERED_WITHIN = 14 * DAY
#: How long the bank thinks: about evidence that tells it what to say, and about any other.
DECIDED_AFTER = 10
DECIDED_AT_LAST = 60 * DAY

OPEN = ("needs_response", "warning_needs_response")
UNDER_REVIEW = ("under_review", "warning_under_review")
_INQUIRIES = ("warning_needs_response", "warning_under_review")
#: What Stripe's test mode understands as evidence, and where it leads.
MAGIC_EVIDENCE = {"winning_evidence": "won", "losing_evidence": "lost"}
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip
#: Reasons that a bank may give, and Visa's code for each.
REASONS: dict[str, str | None] = {
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "credit_not_processed": "13.6",
    "duplicate": "12.6",
    "unrecognized": "10.4",
    "general": "12.1",
    "debit_not_authorized": None,
}


def raise_of(sandbox: Sandbox, charge_id: str) -> None:
    """The owner of a disputing card or account complains."""
    charge = sandbox.store.charges.find(charge_id)
    method = sandbox.store.payment_methods.find(charge["payment_method"]) if charge else None
    reason = instrument_of(method).dispute if method else None
    if charge is None or reason is None or charge["disputed"]:
        return
    inquiry = reason == "inquiry"
    dispute = new(sandbox, charge, "fraudulent" if inquiry else reason, inquiry=inquiry)
    if "card" not in charge["payment_method_details"]:
        decide(sandbox, dispute, "lost")  # nobody can object to a debit that is called back


def new(
    sandbox: Sandbox,
    charge: Obj,
    reason: str = "fraudulent",
    amount: int | None = None,
    *,
    inquiry: bool = False,
) -> Obj:
    """A dispute of ``charge``; ``amount`` may differ from the charge's, as exchange rates do.

    Raises ``StateConflictError`` where nothing was taken, or there is a dispute already.
    """
    if not charge["paid"] or not charge["captured"] or charge["disputed"]:
        raise StateConflictError(f"Charge {charge['id']} cannot be disputed.", param="charge")
    now = sandbox.clock.now()
    dispute = {
        "id": sandbox.ids.new("du_"),
        "object": "dispute",
        "amount": amount or charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + ANSWERED_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
        **_details(charge, reason, inquiry=inquiry),
    }
    sandbox.store.disputes.add(dispute)
    sandbox.store.charges.update(charge["id"], disputed=True)
    sandbox.schedule(now + ANSWERED_WITHIN, "give_up_waiting", dispute["id"])
    sandbox.emit("charge.dispute.created", dispute)
    return dispute if inquiry else _withdraw(sandbox, dispute)


def _details(charge: Obj, reason: str, *, inquiry: bool) -> Obj:
    card = charge["payment_method_details"].get("card")
    if card is None:
        return {}
    code = REASONS[reason]
    details = {
        "brand": card["brand"],
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": card["brand"],
        "network_reason_code": code,
    }
    return {
        "network_reason_code": code,
        "payment_method_details": {"card": details, "type": "card"},
    }


def _withdraw(sandbox: Sandbox, dispute: Obj) -> Obj:
    taken = balance_transactions.of_dispute(sandbox, dispute)
    changed = sandbox.store.disputes.update(dispute["id"], balance_transactions=[taken])
    sandbox.emit("charge.dispute.funds_withdrawn", changed)
    return changed


def is_refundable(sandbox: Sandbox, charge: Obj) -> bool:
    """Whether no dispute has taken the charge's money."""
    if not charge["disputed"]:
        return True
    found = sandbox.store.disputes.newest_first()
    return all(one["is_charge_refundable"] for one in found if one["charge"] == charge["id"])


def give_up_waiting(sandbox: Sandbox, dispute_id: str) -> None:
    """The time to answer is over."""
    dispute = sandbox.store.disputes.find(dispute_id)
    if dispute is not None and dispute["status"] in OPEN:
        late = {**dispute["evidence_details"], "past_due": True}
        decide(sandbox, sandbox.store.disputes.update(dispute_id, evidence_details=late), "lost")


def end_review(sandbox: Sandbox, dispute_id: str) -> None:
    """The bank has thought about the evidence."""
    dispute = sandbox.store.disputes.find(dispute_id)
    if dispute is not None and dispute["status"] in UNDER_REVIEW:
        text = dispute["evidence"]["uncategorized_text"]
        decide(sandbox, dispute, MAGIC_EVIDENCE.get(text, "lost"))


def close_inquiry(sandbox: Sandbox, charge: Obj) -> None:
    """An inquiry about money that was given back has no object any more."""
    if charge["disputed"]:
        for dispute in list(sandbox.store.disputes.newest_first()):
            if dispute["charge"] == charge["id"] and dispute["status"] in _INQUIRIES:
                decide(sandbox, dispute, "won")


def have_decided(sandbox: Sandbox, dispute: Obj) -> None:
    """Let the bank think about the evidence that was handed in."""
    magic = dispute["evidence"]["uncategorized_text"] in MAGIC_EVIDENCE
    pause = DECIDED_AFTER if magic else DECIDED_AT_LAST
    sandbox.schedule(sandbox.clock.now() + pause, "end_review", dispute["id"])


def decide(sandbox: Sandbox, dispute: Obj, end: str, origin: Origin = NO_REQUEST) -> Obj:
    """The bank's word: ``won`` or ``lost``; an inquiry is only closed."""
    if dispute["status"] not in (*OPEN, *UNDER_REVIEW):
        raise StateConflictError(f"This dispute is {dispute['status']} already.")
    if is_inquiry(dispute):
        return _close(sandbox, dispute, "warning_closed", origin)
    if end == "lost":
        return _close(sandbox, dispute, "lost", origin)
    back = balance_transactions.of_won_dispute(sandbox, dispute)
    dispute = sandbox.store.disputes.update(
        dispute["id"],
        balance_transactions=[*dispute["balance_transactions"], back],
        is_charge_refundable=True,
    )
    won = _close(sandbox, dispute, "won", origin)
    sandbox.emit("charge.dispute.funds_reinstated", won, origin)
    return won


def _close(sandbox: Sandbox, dispute: Obj, status: str, origin: Origin) -> Obj:
    closed = sandbox.store.disputes.update(dispute["id"], status=status)
    sandbox.emit("charge.dispute.closed", closed, origin)
    return closed


def is_inquiry(dispute: Obj) -> bool:
    """Whether the bank only asks."""
    status: str = dispute["status"]
    return status.startswith("warning_")
