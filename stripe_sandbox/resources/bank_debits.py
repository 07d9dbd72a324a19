"""Debits of a bank account: under way for days, then paid or refused."""

from __future__ import annotations

from ..call import Origin
from ..cards import Decline
from ..errors import DOCS, InvalidParamsError
from ..sandbox import Sandbox
from ..store import Obj
from . import charges
from .payment_methods import account_of, note_spent, save


def begin(sandbox: Sandbox, intent: Obj, method: Obj, origin: Origin) -> Obj:
    """Send the debit to the bank; returns the intent, which is processing from now on."""
    if intent["currency"] != "eur":
        raise InvalidParamsError(
            f"The currency provided ({intent['currency']}) is invalid. Payments with sepa_debit "
            "support the following currencies: eur.",
            code="payment_intent_invalid_parameter",
            param="currency",
        )
    if intent["setup_future_usage"] and intent["customer"] and not method["customer"]:
        method = save(sandbox, method, intent["customer"], origin)
    note_spent(sandbox, method)
    charge = charges.new(sandbox, intent, method, origin)
    under_way = sandbox.store.payment_intents.update(
        intent["id"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        status="processing",
    )
    sandbox.emit("payment_intent.processing", under_way, origin)
    due = sandbox.clock.now() + account_of(method).seconds
    sandbox.schedule(due, "settle_debit", intent["id"])
    return under_way


def settle(sandbox: Sandbox, intent_id: str) -> None:
    """The bank answers."""
    intent = sandbox.store.payment_intents.find(intent_id)
    if intent is None or intent["status"] != "processing":
        return
    method = sandbox.store.payment_methods.find(intent["payment_method"])
    charge = sandbox.store.charges.find(intent["latest_charge"])
    if method is None or charge is None:
        return
    decline = account_of(method).decline
    charges.settle(sandbox, charge, decline)
    if decline is None:
        _succeed(sandbox, intent)
    else:
        _fail(sandbox, intent, method, decline)


def _succeed(sandbox: Sandbox, intent: Obj) -> None:
    paid = sandbox.store.payment_intents.update(
        intent["id"], amount_received=intent["amount"], status="succeeded"
    )
    sandbox.emit("payment_intent.succeeded", paid)
    session = _session(sandbox, intent)
    if session is not None:
        paid_session = sandbox.store.checkout_sessions.update(session["id"], payment_status="paid")
        sandbox.emit("checkout.session.async_payment_succeeded", paid_session)


def _fail(sandbox: Sandbox, intent: Obj, method: Obj, decline: Decline) -> None:
    error = {
        "charge": intent["latest_charge"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "message": decline.message,
        "payment_method": method,
        "type": "card_error",
    }
    failed = sandbox.store.payment_intents.update(
        intent["id"],
        last_payment_error=error,
        payment_method=None,
        status="requires_payment_method",
    )
    sandbox.emit("payment_intent.payment_failed", failed)
    session = _session(sandbox, intent)
    if session is not None:
        sandbox.emit("checkout.session.async_payment_failed", session)


def _session(sandbox: Sandbox, intent: Obj) -> Obj | None:
    session_id = sandbox.store.payment_intents.part(intent["id"])["session"]
    return sandbox.store.checkout_sessions.find(session_id) if session_id else None
