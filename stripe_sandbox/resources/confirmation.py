"""What happens when a PaymentIntent meets a card.

The one place where money is taken, held or declined: the API, the payment page and the
authentication page all end here.
"""

from __future__ import annotations

from ..call import Origin
from ..cards import AUTHENTICATION_REQUIRED, Decline
from ..errors import DOCS, CardError, StateConflictError
from ..sandbox import Sandbox
from ..store import Obj
from . import bank_debits, charges
from .payment_methods import card_of, is_set_up, note_set_up, note_spent, save

AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment "
    "method and try again."
)


def confirm(
    sandbox: Sandbox,
    intent: Obj,
    method: Obj,
    origin: Origin,
    *,
    off_session: bool = False,
    authenticated: bool = False,
) -> Obj:
    """Try to pay ``intent`` with ``method``; returns the intent as it is afterwards.

    Raises ``CardError`` on a decline; the intent then stands at requires_payment_method.
    """
    _check_type(intent, method)
    intent = sandbox.store.payment_intents.update(intent["id"], payment_method=method["id"])
    if method["type"] == "sepa_debit":
        return bank_debits.begin(sandbox, intent, method, origin)
    card = card_of(method)
    if card.authentication != "never" and not authenticated:
        if not off_session:
            return _ask_owner(sandbox, intent, origin)
        if card.authentication == "always" or not is_set_up(sandbox, method):
            _decline(sandbox, intent, method, AUTHENTICATION_REQUIRED, origin)
    if card.decline is not None:
        _decline(sandbox, intent, method, card.decline, origin)
    return _charge(sandbox, intent, method, origin, off_session=off_session)


def _check_type(intent: Obj, method: Obj) -> None:
    allowed: list[str] = intent["payment_method_types"]
    if method["type"] not in allowed:
        raise StateConflictError(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this "
            f"PaymentIntent. The allowed types are: {', '.join(allowed)}.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
            payment_intent=intent,
        )


def fail_authentication(sandbox: Sandbox, intent: Obj, origin: Origin) -> Obj:
    """The owner of the card said no, or was not the owner."""
    method = sandbox.store.payment_methods.find(intent["payment_method"])
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": DOCS + "payment-intent-authentication-failure",
        "message": AUTHENTICATION_FAILED,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    return _back_to_start(sandbox, intent, error, origin)


def _ask_owner(sandbox: Sandbox, intent: Obj, origin: Origin) -> Obj:
    asked = sandbox.store.payment_intents.update(
        intent["id"],
        status="requires_action",
        next_action=_next_action(sandbox, intent),
    )
    sandbox.emit("payment_intent.requires_action", asked, origin)
    return asked


def _next_action(sandbox: Sandbox, intent: Obj) -> Obj:
    kept = sandbox.store.payment_intents.part(intent["id"])
    if not kept["return_url"]:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    url = f"{kept['base_url']}/c/authenticate/{intent['id']}"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": kept["return_url"], "url": url},
    }


def _decline(sandbox: Sandbox, intent: Obj, method: Obj, decline: Decline, origin: Origin) -> None:
    charge = charges.new(sandbox, intent, method, origin, decline=decline)
    error = {
        "advice_code": decline.advice,
        "charge": charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "message": decline.message,
        "network_decline_code": "01",
        "payment_method": method,
        "type": "card_error",
    }
    intent = sandbox.store.payment_intents.update(intent["id"], latest_charge=charge["id"])
    failed = _back_to_start(sandbox, intent, error, origin)
    raise CardError(
        decline.message,
        code=decline.code,
        advice_code=decline.advice,
        charge=charge["id"],
        decline_code=decline.decline_code,
        network_decline_code="01",
        payment_intent=failed,
        payment_method=method,
    )


def _back_to_start(sandbox: Sandbox, intent: Obj, error: Obj, origin: Origin) -> Obj:
    failed = sandbox.store.payment_intents.update(
        intent["id"],
        last_payment_error=error,
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    sandbox.emit("payment_intent.payment_failed", failed, origin)
    return failed


def _charge(
    sandbox: Sandbox, intent: Obj, method: Obj, origin: Origin, *, off_session: bool
) -> Obj:
    method = _keep(sandbox, intent, method, origin)
    if intent["capture_method"] == "manual":
        return _hold(sandbox, intent, method, origin, off_session=off_session)
    note_spent(sandbox, method)
    charge = charges.new(sandbox, intent, method, origin)
    paid = sandbox.store.payment_intents.update(
        intent["id"],
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        status="succeeded",
    )
    sandbox.emit("payment_intent.succeeded", paid, origin)
    return paid


def _keep(sandbox: Sandbox, intent: Obj, method: Obj, origin: Origin) -> Obj:
    """Save the method with the customer, where the intent says that it is to be used again."""
    if not intent["setup_future_usage"]:
        return method
    if intent["setup_future_usage"] == "off_session":
        note_set_up(sandbox, method)
    if intent["customer"] and not method["customer"]:
        return save(sandbox, method, intent["customer"], origin)
    return method


def _hold(sandbox: Sandbox, intent: Obj, method: Obj, origin: Origin, *, off_session: bool) -> Obj:
    seconds = charges.HOLD_SECONDS
    if off_session and method["card"]["brand"] == "visa":
        seconds = charges.HOLD_SECONDS_OFF_SESSION
    note_spent(sandbox, method)
    charge = charges.new(sandbox, intent, method, origin, hold_seconds=seconds)
    held = sandbox.store.payment_intents.update(
        intent["id"],
        amount_capturable=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        status="requires_capture",
    )
    sandbox.emit("payment_intent.amount_capturable_updated", held, origin)
    sandbox.schedule(sandbox.clock.now() + seconds, "let_hold_lapse", intent["id"])
    return held
