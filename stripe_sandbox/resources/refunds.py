"""Refunds (stripe.md, "Refunds and disputes")."""

from __future__ import annotations

from ..call import NO_REQUEST, Call
from ..errors import InvalidParamsError, StateConflictError
from ..lists import page
from ..money import check_granularity, display
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import balance_transactions
from .payment_methods import card_of

#: How long, on the sandbox's clock, a refund takes that does not end at once.
SETTLES_AFTER = 10


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/refunds`` of a charge, or of a PaymentIntent's charge."""
    charge = _charge_to_refund(sandbox, call)
    amount = _amount(charge, call)
    behaviour = _behaviour(sandbox, charge)
    refund = _new(sandbox, charge, amount, call, pending=behaviour == "pends")
    _count(sandbox, charge, amount)
    sandbox.emit("refund.created", refund, call.origin)
    sandbox.emit("charge.refunded", sandbox.store.charges.get(charge["id"]), call.origin)
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
    return card_of(method).refund if method else "succeeds"


def _new(sandbox: Sandbox, charge: Obj, amount: int, call: Call, *, pending: bool) -> Obj:
    refund = {
        "id": sandbox.ids.new("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": sandbox.clock.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                     "type": "refund"},
            "type": "card",
        },
        "metadata": merge_metadata({}, call.params.get("metadata") or None),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pending else "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip
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
        sandbox.emit("refund.updated", changed, NO_REQUEST, previous)
    elif refund["status"] == "succeeded":
        fail(sandbox, refund, charge, "unknown")


def fail(sandbox: Sandbox, refund: Obj, charge: Obj, reason: str) -> Obj:
    """The money did not arrive: it is back with the merchant, and may be refunded anew."""
    back = balance_transactions.of_failed_refund(sandbox, refund)
    failed = sandbox.store.refunds.update(
        refund["id"],
        failure_balance_transaction=back["id"],
        failure_reason=reason,
        status="failed",
    )
    _count(sandbox, charge, -refund["amount"])
    sandbox.emit("refund.updated", failed, NO_REQUEST, {"status": refund["status"]})
    sandbox.emit("refund.failed", failed, NO_REQUEST)
    return failed


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/refunds/{id}``."""
    return sandbox.store.refunds.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/refunds/{id}``: its metadata."""
    old = sandbox.store.refunds.get(call.id)
    metadata = merge_metadata(old["metadata"], call.params.get("metadata"))
    changed = sandbox.store.refunds.update(call.id, metadata=metadata)
    sandbox.emit("refund.updated", changed, call.origin, {"metadata": old["metadata"]})
    return changed


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/refunds``."""
    return page(sandbox.store.refunds, call.path, call.params, "charge", "payment_intent")
