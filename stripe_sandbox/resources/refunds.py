"""Refunds (stripe.md, "Refunds and disputes")."""

from __future__ import annotations

from .. import API_VERSION
from ..call import NO_REQUEST, Call, Origin
from ..errors import InvalidParamsError, StateConflictError
from ..lists import page
from ..money import check_granularity, display
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import balance_transactions
from .chargebacks import close_inquiry, is_refundable
from .payment_methods import card_of

_TO_CARD: Obj = {
    "card": {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    },
    "type": "card",
}
_TO_ACCOUNT: Obj = {
    "eu_bank_transfer": {"reference": None, "reference_status": "pending"},
    "type": "eu_bank_transfer",
}
#: How long, on the sandbox's clock, a refund takes that does not end at once.
SETTLES_AFTER = 10
#: How long a customer has to say where the money should go.
ANSWERED_WITHIN = 45 * 24 * 3600
_WHILE_UNDECIDED = ("next_action", "pending_reason")


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/refunds`` of a charge, or of a PaymentIntent's charge."""
    charge = _charge_to_refund(sandbox, call)
    if not is_refundable(sandbox, charge):
        raise StateConflictError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    amount = _amount(charge, call)
    behaviour = _behaviour(sandbox, charge)
    refund = _new(sandbox, charge, amount, call, pending=behaviour == "pends")
    _count(sandbox, charge, amount)
    sandbox.emit("refund.created", refund, call.origin)
    charge = sandbox.store.charges.get(charge["id"])
    sandbox.emit("charge.refunded", charge, call.origin)
    if charge["refunded"]:
        close_inquiry(sandbox, charge)
    if behaviour != "succeeds":
        sandbox.schedule(sandbox.clock.now() + SETTLES_AFTER, "settle_refund", refund["id"])
    return refund


def _charge_to_refund(sandbox: Sandbox, call: Call) -> Obj:
    params = call.params
    if "charge" in params:
        charge = sandbox.store.charges.get(params["charge"], "charge")
        if params.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
            raise InvalidParamsError(
                "The charge does not belong to the payment_intent.", param="charge"
            )
        intent_id = charge["payment_intent"]
    elif "payment_intent" in params:
        intent_id = params["payment_intent"]
    else:
        raise InvalidParamsError(
            "One of the following params should be provided for this request: payment_intent "
            "or charge.",
            code="parameter_missing",
        )
    intent = sandbox.store.payment_intents.get(intent_id, "payment_intent")
    latest = sandbox.store.charges.find(params.get("charge", intent["latest_charge"]) or "")
    if latest is None or not latest["paid"] or not latest["captured"]:
        raise StateConflictError(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return latest


def _amount(charge: Obj, call: Call) -> int:
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise StateConflictError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount: int = call.params.get("amount", left)
    check_granularity(amount, charge["currency"], "amount")
    if amount > left:
        raise StateConflictError(
            f"Refund amount ({display(amount, charge['currency'])}) is greater than unrefunded "
            f"amount on charge ({display(left, charge['currency'])})",
            param="amount",
        )
    return amount


def _behaviour(sandbox: Sandbox, charge: Obj) -> str:
    method = sandbox.store.payment_methods.find(charge["payment_method"])
    return card_of(method).refund if method and method["type"] == "card" else "succeeds"


def _new(sandbox: Sandbox, charge: Obj, amount: int, call: Call, *, pending: bool) -> Obj:
    is_card = charge["id"].startswith("ch_")
    refund = {
        "id": sandbox.ids.new("re_" if is_card else "pyr_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": sandbox.clock.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _TO_CARD if is_card else _TO_ACCOUNT,
        "metadata": merge_metadata({}, call.params.get("metadata") or None),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pending else "succeeded",
        "transfer_reversal": None,
    }
    if "instructions_email" in call.params:
        refund["instructions_email"] = call.params["instructions_email"]
    if pending:
        refund["pending_reason"] = "processing"
    refund["balance_transaction"] = balance_transactions.of_refund(sandbox, refund)["id"]
    sandbox.store.charges.part(charge["id"]).append(refund["id"])
    return sandbox.store.refunds.add(refund)


def _count(sandbox: Sandbox, charge: Obj, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    sandbox.store.charges.update(
        charge["id"],
        amount_refunded=refunded,
        refunded=refunded == charge["amount_captured"],
    )


def settle(sandbox: Sandbox, refund_id: str) -> None:
    """The bank answers: a pending refund succeeds, one that seemed to have succeeded fails."""
    refund = sandbox.store.refunds.find(refund_id)
    charge = sandbox.store.charges.find(refund["charge"]) if refund else None
    if refund is None or charge is None:
        return
    if refund["status"] == "pending":
        done = {name: value for name, value in refund.items() if name != "pending_reason"}
        changed = sandbox.store.refunds.replace({**done, "status": "succeeded"})
        previous = {"status": "pending", "pending_reason": refund["pending_reason"]}
        _tell_updated(sandbox, changed, NO_REQUEST, previous)
    elif refund["status"] in ("succeeded", "requires_action"):
        fail(sandbox, refund, charge, "unknown")


def fail(sandbox: Sandbox, refund: Obj, charge: Obj, reason: str) -> Obj:
    """The money did not arrive: it is back with the merchant, and may be refunded anew."""
    failed = _undo(sandbox, refund, charge, NO_REQUEST, status="failed", failure_reason=reason)
    sandbox.emit("refund.failed", failed, NO_REQUEST)
    return failed


def _undo(sandbox: Sandbox, refund: Obj, charge: Obj, origin: Origin, **changes: str) -> Obj:
    back = balance_transactions.of_failed_refund(sandbox, refund)
    kept = {name: value for name, value in refund.items() if name not in _WHILE_UNDECIDED}
    undone = sandbox.store.refunds.replace(
        {**kept, "failure_balance_transaction": back["id"], **changes}
    )
    _count(sandbox, charge, -refund["amount"])
    _tell_updated(sandbox, undone, origin, {"status": refund["status"]})
    return undone


def _tell_updated(sandbox: Sandbox, refund: Obj, origin: Origin, previous: Obj) -> None:
    sandbox.emit("refund.updated", refund, origin, previous)
    if sandbox.settings.api_version < API_VERSION:
        # Its name in older versions, in which accounts are told both.
        sandbox.emit("charge.refund.updated", refund, origin, previous)


def ask_customer(sandbox: Sandbox, refund: Obj) -> Obj:
    """The customer has to say where the money should go, as with methods that know no refunds."""
    now = sandbox.clock.now()
    charge = sandbox.store.charges.get(refund["charge"])
    email = refund.get("instructions_email") or charge["billing_details"]["email"] or ""
    asked = sandbox.store.refunds.update(
        refund["id"],
        next_action={
            "display_details": {
                "email_sent": {"email_sent_at": now, "email_sent_to": email},
                "expires_at": now + ANSWERED_WITHIN,
            },
            "type": "display_details",
        },
        status="requires_action",
    )
    _tell_updated(sandbox, asked, NO_REQUEST, {"status": refund["status"]})
    sandbox.schedule(now + ANSWERED_WITHIN, "settle_refund", refund["id"])
    return asked


def cancel(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/refunds/{id}/cancel``: only while the customer has yet to act."""
    refund = sandbox.store.refunds.get(call.id)
    if refund["status"] != "requires_action":
        raise StateConflictError(
            f"You cannot cancel this refund because it has a status of {refund['status']}. Only "
            "refunds with a status of requires_action can be canceled."
        )
    charge = sandbox.store.charges.get(refund["charge"])
    reason = "merchant_request"
    return _undo(sandbox, refund, charge, call.origin, status="canceled", failure_reason=reason)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/refunds/{id}``."""
    return sandbox.store.refunds.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/refunds/{id}``: its metadata."""
    old = sandbox.store.refunds.get(call.id)
    metadata = merge_metadata(old["metadata"], call.params.get("metadata"))
    changed = sandbox.store.refunds.update(call.id, metadata=metadata)
    _tell_updated(sandbox, changed, call.origin, {"metadata": old["metadata"]})
    return changed


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/refunds``."""
    return page(sandbox.store.refunds, call.path, call.params, "charge", "payment_intent")
