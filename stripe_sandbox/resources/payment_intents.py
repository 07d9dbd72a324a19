"""PaymentIntents and their states (stripe.md, "PaymentIntents, charges, holds")."""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Call, Origin
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import page
from ..money import check_charge, read_currency
from ..params import merge_metadata
from ..payment_method_types import offered
from ..sandbox import Sandbox
from ..search import search
from ..store import Obj
from . import charges
from .confirmation import confirm as pay
from .payment_methods import check_owner, chosen, resolve

_SEARCHED = {
    "amount": "number",
    "created": "number",
    "currency": "token",
    "customer": "token",
    "status": "token",
}
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)
_COPIED = (
    "capture_method",
    "customer",
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


_AUTOMATIC: Obj = {"allow_redirects": "always", "enabled": True}
_CARD_OPTIONS: Obj = {
    "card": {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
}
#: What an intent says as long as nobody asked for something else.
_BLANK: Obj = {
    "application": None,
    "application_fee_amount": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "customer": None,
    "customer_account": None,
    "description": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "managed_payments": None,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "payment_method_options": _CARD_OPTIONS,
    "payment_record": None,
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "transfer_data": None,
    "transfer_group": None,
}


def new(
    sandbox: Sandbox,
    amount: int,
    currency: str,
    wish: dict[str, Any],
    origin: Origin,
    base_url: str,
    *,
    session_id: str | None = None,
    invoice_id: str | None = None,
) -> Obj:
    """A PaymentIntent that awaits a card, and its event.

    ``wish`` holds parameters of the API; ``session_id`` and ``invoice_id`` name the Checkout
    Session and the invoice it belongs to.
    """
    intent_id = sandbox.ids.new("pi_")
    intent = sandbox.store.payment_intents.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            **_BLANK,
            "amount": amount,
            "amount_capturable": 0,
            "allowed_payment_method_types": wish.get("allowed_payment_method_types"),
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "automatic_payment_methods": None
            if session_id
            else wish.get("automatic_payment_methods", _AUTOMATIC),
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_{sandbox.ids.new('', 25)}",
            "confirmation_method": wish.get("confirmation_method", "automatic"),
            "created": sandbox.clock.now(),
            "currency": currency,
            "excluded_payment_method_types": wish.get("excluded_payment_method_types"),
            "metadata": merge_metadata({}, wish.get("metadata") or None),
            "payment_method_types": offered(currency, wish),
            "status": "requires_payment_method",
            **{name: wish[name] for name in _COPIED if name in wish},
        }
    )
    kept = {
        "session": session_id,
        "invoice": invoice_id,
        "return_url": wish.get("return_url"),
        "base_url": base_url,
        "incremental": _wants_increments(wish),
    }
    sandbox.store.payment_intents.attach(intent_id, kept)
    sandbox.emit("payment_intent.created", intent, origin)
    return intent


def _wants_increments(wish: dict[str, Any]) -> bool:
    options = wish.get("payment_method_options")
    card = options.get("card") if isinstance(options, dict) else None
    wished = card.get("request_incremental_authorization") if isinstance(card, dict) else None
    return wished == "if_available"


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents``; with ``confirm`` it is paid in the same call."""
    params = call.params
    currency = read_currency(params["currency"])
    check_charge(params["amount"], currency)
    if "customer" in params:
        sandbox.store.customers.get(params["customer"], "customer")
    confirmed = params.get("confirm", False)
    if not confirmed and ("off_session" in params or "return_url" in params):
        raise InvalidParamsError(
            "off_session and return_url can only be used together with confirm=true.",
            param="confirm",
        )
    method = chosen(sandbox, params)
    if confirmed and method is None:
        raise parameter_missing("payment_method")
    if method is not None:
        check_owner(method, params.get("customer"))
    intent = new(sandbox, params["amount"], currency, params, call.origin, call.base_url)
    if method is not None:
        intent = sandbox.store.payment_intents.update(
            intent["id"], payment_method=method["id"], status="requires_confirmation"
        )
    if confirmed and method is not None:
        off_session = params.get("off_session", False)
        return pay(sandbox, intent, method, call.origin, off_session=off_session)
    return intent


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_intents/{id}``."""
    return sandbox.store.payment_intents.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_intents``."""
    return page(sandbox.store.payment_intents, call.path, call.params, "customer")


def search_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_intents/search``."""
    return search(sandbox.store.payment_intents, call.path, call.params, _SEARCHED)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents/{id}``; the amount only before anything was taken."""
    intent = sandbox.store.payment_intents.get(call.id)
    params = call.params
    changes: Obj = {name: params[name] for name in _COPIED if name in params}
    if "amount" in params or "currency" in params:
        expect(intent, CONFIRMABLE, "You cannot update the amount of this PaymentIntent")
        changes["currency"] = read_currency(
            params["currency"] if "currency" in params else intent["currency"]
        )
        changes["amount"] = params.get("amount", intent["amount"])
        check_charge(changes["amount"], changes["currency"])
    changes["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    if "payment_method" in params or "payment_method_data" in params:
        expect(intent, CONFIRMABLE, "You cannot update the card of this PaymentIntent")
    method = chosen(sandbox, params)
    if method is not None:
        check_owner(method, changes.get("customer", intent["customer"]))
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return sandbox.store.payment_intents.update(call.id, **changes)


def confirm(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents/{id}/confirm``."""
    intent = sandbox.store.payment_intents.get(call.id)
    expect(intent, CONFIRMABLE, "You cannot confirm this PaymentIntent")
    method = chosen(sandbox, call.params)
    if method is None and intent["payment_method"] is not None:
        method = resolve(sandbox, intent["payment_method"])
    if method is None:
        raise StateConflictError(
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "Update the PaymentIntent with a payment method and then confirm it again.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    check_owner(method, intent["customer"])
    kept = sandbox.store.payment_intents.part(call.id)
    kept["return_url"] = call.params.get("return_url", kept["return_url"])
    if "setup_future_usage" in call.params:
        intent = sandbox.store.payment_intents.update(
            call.id, setup_future_usage=call.params["setup_future_usage"]
        )
    off_session = call.params.get("off_session", False)
    return pay(sandbox, intent, method, call.origin, off_session=off_session)


def cancel(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_intents/{id}/cancel``; a Checkout Session's is ended by expiring it."""
    intent = sandbox.store.payment_intents.get(call.id)
    expect(intent, CANCELABLE, "You cannot cancel this PaymentIntent")
    session_id = sandbox.store.payment_intents.part(call.id)["session"]
    session = sandbox.store.checkout_sessions.find(session_id) if session_id else None
    if session is not None and session["status"] == "open":
        raise StateConflictError(
            "You cannot cancel this PaymentIntent while its Checkout Session is open. Expire "
            f"the Checkout Session ({session_id}) instead.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    return end(sandbox, intent, call.params.get("cancellation_reason"), call.origin)


def end(sandbox: Sandbox, intent: Obj, reason: str | None, origin: Origin) -> Obj:
    """Cancel the intent and let its hold go."""
    if intent["status"] == "requires_capture":
        charge = sandbox.store.charges.get(intent["latest_charge"])
        charges.release(sandbox, charge, origin, lapsed=reason == "automatic")
    canceled = sandbox.store.payment_intents.update(
        intent["id"],
        amount_capturable=0,
        canceled_at=sandbox.clock.now(),
        cancellation_reason=reason,
        next_action=None,
        status="canceled",
    )
    sandbox.emit("payment_intent.canceled", canceled, origin)
    return canceled


def let_hold_lapse(sandbox: Sandbox, intent_id: str) -> None:
    """The bank's patience is over: what was not captured is cancelled."""
    intent = sandbox.store.payment_intents.find(intent_id)
    if intent is not None and intent["status"] == "requires_capture":
        end(sandbox, intent, "automatic", NO_REQUEST)


def expect(intent: Obj, statuses: tuple[str, ...], refusal: str) -> None:
    """Refuse what an intent in that state cannot do; ``refusal`` begins the sentence."""
    if intent["status"] not in statuses:
        raise StateConflictError(
            f"{refusal} because it has a status of {intent['status']}. Only a PaymentIntent with "
            f"one of the following statuses will do: {', '.join(statuses)}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
