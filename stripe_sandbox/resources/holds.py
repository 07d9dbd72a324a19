"""What is done with money that a card holds: taken, or held in a larger amount."""

from __future__ import annotations

from ..call import Call
from ..errors import StateConflictError
from ..money import check_charge
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import charges
from .payment_intents import expect


def capture(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents/{id}/capture``: once, in full or in part."""
    intent = sandbox.store.payment_intents.get(call.id)
    expect(intent, ("requires_capture",), "This PaymentIntent could not be captured")
    amount: int = call.params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise StateConflictError(
            "The amount you are attempting to capture is greater than the amount that can be "
            "captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charges.capture(
        sandbox, sandbox.store.charges.get(intent["latest_charge"]), amount, call.origin
    )
    paid = sandbox.store.payment_intents.update(
        call.id,
        amount_capturable=0,
        amount_received=amount,
        metadata=merge_metadata(intent["metadata"], call.params.get("metadata")),
        status="succeeded",
    )
    session_id = sandbox.store.payment_intents.part(call.id)["session"]
    if session_id and sandbox.store.checkout_sessions.find(session_id):
        sandbox.store.checkout_sessions.update(session_id, payment_status="paid")
    sandbox.emit("payment_intent.succeeded", paid, call.origin)
    return paid


def increment(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents/{id}/increment_authorization``, where it was asked for before."""
    intent = sandbox.store.payment_intents.get(call.id)
    expect(intent, ("requires_capture",), "You cannot increment the authorization")
    if not sandbox.store.payment_intents.part(call.id)["incremental"]:
        raise StateConflictError(
            "This PaymentIntent is not eligible for incremental authorization. Create it with "
            "payment_method_options[card][request_incremental_authorization]=if_available.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    amount: int = call.params["amount"]
    check_charge(amount, intent["currency"])
    if amount <= intent["amount"]:
        raise StateConflictError(
            "The amount must be greater than the amount that is authorized already.",
            param="amount",
        )
    charge = sandbox.store.charges.get(intent["latest_charge"])
    charges.increment(sandbox, charge, amount)
    held = sandbox.store.payment_intents.update(
        call.id,
        amount=amount,
        amount_capturable=amount,
        description=call.params.get("description", intent["description"]),
        metadata=merge_metadata(intent["metadata"], call.params.get("metadata")),
    )
    sandbox.emit("payment_intent.amount_capturable_updated", held, call.origin)
    return held
