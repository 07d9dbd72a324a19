"""What happens when a SetupIntent meets a payment method: it is kept, asked about or refused."""

from __future__ import annotations

from ..call import NO_REQUEST, Origin
from ..cards import Decline
from ..errors import DOCS, CardError, StateConflictError
from ..sandbox import Sandbox
from ..store import Obj
from . import payment_methods, setup_attempts
from .confirmation import AUTHENTICATION_FAILED


def confirm(
    sandbox: Sandbox, setup: Obj, method: Obj, origin: Origin, *, authenticated: bool = False
) -> Obj:
    """Try to set up ``method``; returns the SetupIntent as it is afterwards.

    Raises ``CardError`` where the card cannot even be kept.
    """
    if method["type"] not in setup["payment_method_types"]:
        raise StateConflictError(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this SetupIntent.",
            code="setup_intent_unexpected_state",
            param="payment_method",
            setup_intent=setup,
        )
    setup = sandbox.store.setup_intents.update(setup["id"], payment_method=method["id"])
    if method["type"] == "card":
        card = payment_methods.card_of(method)
        if card.decline is not None and not card.attaches:
            _decline(sandbox, setup, method, card.decline, origin)
        if card.authentication != "never" and not authenticated:
            return _ask_owner(sandbox, setup, method, origin)
    return _succeed(sandbox, setup, method, origin)


def fail_authentication(sandbox: Sandbox, setup: Obj) -> Obj:
    """The owner of the card said no, or was not the owner."""
    method = sandbox.store.payment_methods.get(setup["payment_method"])
    error = {
        "code": "setup_intent_authentication_failure",
        "doc_url": DOCS + "setup-intent-authentication-failure",
        "message": AUTHENTICATION_FAILED,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    return _fail(sandbox, setup, method, error, NO_REQUEST)


def _ask_owner(sandbox: Sandbox, setup: Obj, method: Obj, origin: Origin) -> Obj:
    attempt = setup_attempts.new(sandbox, setup, method, "requires_action")
    asked = sandbox.store.setup_intents.update(
        setup["id"],
        latest_attempt=attempt["id"],
        next_action=_next_action(sandbox, setup),
        status="requires_action",
    )
    sandbox.emit("setup_intent.requires_action", asked, origin)
    return asked


def _next_action(sandbox: Sandbox, setup: Obj) -> Obj:
    kept = sandbox.store.setup_intents.part(setup["id"])
    if not kept["return_url"]:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    url = f"{kept['base_url']}/c/authenticate/{setup['id']}"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": kept["return_url"], "url": url},
    }


def _succeed(sandbox: Sandbox, setup: Obj, method: Obj, origin: Origin) -> Obj:
    attempt = setup_attempts.new(sandbox, setup, method, "succeeded")
    if setup["customer"] and not method["customer"]:
        payment_methods.save(sandbox, method, setup["customer"], origin)
    if setup["usage"] == "off_session":
        payment_methods.note_set_up(sandbox, method)
    done = sandbox.store.setup_intents.update(
        setup["id"],
        last_setup_error=None,
        latest_attempt=attempt["id"],
        next_action=None,
        status="succeeded",
    )
    sandbox.emit("setup_intent.succeeded", done, origin)
    return done


def _decline(sandbox: Sandbox, setup: Obj, method: Obj, decline: Decline, origin: Origin) -> None:
    error = {
        "advice_code": decline.advice,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "message": decline.message,
        "network_decline_code": "01",
        "payment_method": method,
        "type": "card_error",
    }
    failed = _fail(sandbox, setup, method, error, origin)
    raise CardError(
        decline.message,
        code=decline.code,
        advice_code=decline.advice,
        decline_code=decline.decline_code,
        network_decline_code="01",
        payment_method=method,
        setup_intent=failed,
    )


def _fail(sandbox: Sandbox, setup: Obj, method: Obj, error: Obj, origin: Origin) -> Obj:
    attempt = setup_attempts.new(sandbox, setup, method, "failed", error)
    failed = sandbox.store.setup_intents.update(
        setup["id"],
        last_setup_error=error,
        latest_attempt=attempt["id"],
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    sandbox.emit("setup_intent.setup_failed", failed, origin)
    return failed
