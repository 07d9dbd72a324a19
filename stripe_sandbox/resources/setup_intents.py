"""SetupIntents and their states: payment methods kept for payments to come."""

from __future__ import annotations

from typing import Any

from ..call import Call, Origin
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import page
from ..params import merge_metadata
from ..payment_method_types import offered
from ..sandbox import Sandbox
from ..store import Obj
from . import setup_confirmation
from .payment_methods import check_owner, chosen, resolve

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_COPIED = ("customer", "description", "usage")
_BLANK: Obj = {
    "application": None,
    "cancellation_reason": None,
    "customer": None,
    "customer_account": None,
    "description": None,
    "flow_directions": None,
    "last_setup_error": None,
    "latest_attempt": None,
    "livemode": False,
    "mandate": None,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "payment_method_options": {
        "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    },
    "single_use_mandate": None,
    "usage": "off_session",
}


def new(
    sandbox: Sandbox,
    wish: dict[str, Any],
    origin: Origin,
    base_url: str,
    *,
    session_id: str | None = None,
) -> Obj:
    """A SetupIntent that awaits a payment method, and its event.

    ``wish`` holds parameters of the API; ``session_id`` names the Checkout Session it belongs to.
    """
    setup_id = sandbox.ids.new("seti_")
    automatic = wish.get(
        "automatic_payment_methods", {"allow_redirects": "always", "enabled": True}
    )
    setup = sandbox.store.setup_intents.add(
        {
            "id": setup_id,
            "object": "setup_intent",
            **_BLANK,
            "allowed_payment_method_types": wish.get("allowed_payment_method_types"),
            "automatic_payment_methods": None if session_id else automatic,
            "client_secret": f"{setup_id}_secret_{sandbox.ids.new('', 25)}",
            "created": sandbox.clock.now(),
            "excluded_payment_method_types": wish.get("excluded_payment_method_types"),
            "metadata": merge_metadata({}, wish.get("metadata") or None),
            "payment_method_types": offered("eur", wish),
            "status": "requires_payment_method",
            **{name: wish[name] for name in _COPIED if name in wish},
        }
    )
    kept = {"session": session_id, "return_url": wish.get("return_url"), "base_url": base_url}
    sandbox.store.setup_intents.attach(setup_id, kept)
    sandbox.emit("setup_intent.created", setup, origin)
    return setup


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/setup_intents``; with ``confirm`` the method is set up in the same call."""
    params = call.params
    confirmed = params.get("confirm", False)
    if "return_url" in params and not confirmed:
        raise InvalidParamsError(
            "return_url can only be used together with confirm=true.", param="confirm"
        )
    method = _method(sandbox, params, params.get("customer"))
    if confirmed and method is None:
        raise parameter_missing("payment_method")
    setup = new(sandbox, params, call.origin, call.base_url)
    if method is None:
        return setup
    setup = sandbox.store.setup_intents.update(
        setup["id"], payment_method=method["id"], status="requires_confirmation"
    )
    if confirmed:
        return setup_confirmation.confirm(sandbox, setup, method, call.origin)
    return setup


def _method(sandbox: Sandbox, params: dict[str, Any], customer_id: str | None) -> Obj | None:
    """The payment method that the call names, checked against the customer."""
    if "customer" in params:
        sandbox.store.customers.get(params["customer"], "customer")
    method = chosen(sandbox, params)
    if method is not None:
        check_owner(method, customer_id, "SetupIntent")
    return method


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/setup_intents/{id}``."""
    return sandbox.store.setup_intents.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/setup_intents``."""
    return page(sandbox.store.setup_intents, call.path, call.params, "customer", "payment_method")


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/setup_intents/{id}``, while it is open."""
    setup = sandbox.store.setup_intents.get(call.id)
    params = call.params
    if set(params) - {"metadata", "description"}:
        _expect_open(setup, "You cannot update this SetupIntent")
    changes: Obj = {name: params[name] for name in _COPIED if name in params}
    changes["metadata"] = merge_metadata(setup["metadata"], params.get("metadata"))
    method = _method(sandbox, params, changes.get("customer", setup["customer"]))
    if method is not None:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return sandbox.store.setup_intents.update(call.id, **changes)


def confirm(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/setup_intents/{id}/confirm``."""
    setup = sandbox.store.setup_intents.get(call.id)
    _expect_open(setup, "You cannot confirm this SetupIntent")
    method = _method(sandbox, call.params, setup["customer"])
    if method is None and setup["payment_method"] is not None:
        method = resolve(sandbox, setup["payment_method"])
    if method is None:
        raise StateConflictError(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update "
            "the SetupIntent with a payment method and then confirm it again.",
            code="setup_intent_unexpected_state",
            setup_intent=setup,
        )
    kept = sandbox.store.setup_intents.part(call.id)
    kept["return_url"] = call.params.get("return_url", kept["return_url"])
    return setup_confirmation.confirm(sandbox, setup, method, call.origin)


def cancel(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/setup_intents/{id}/cancel``; a Checkout Session's is ended by expiring it."""
    setup = sandbox.store.setup_intents.get(call.id)
    _expect_open(setup, "You cannot cancel this SetupIntent")
    session_id = sandbox.store.setup_intents.part(call.id)["session"]
    if session_id:
        raise StateConflictError(
            "You cannot cancel the SetupIntent of a Checkout Session. Expire the Checkout Session "
            f"({session_id}) instead.",
            code="setup_intent_unexpected_state",
            setup_intent=setup,
        )
    return end(sandbox, setup, call.params.get("cancellation_reason"), call.origin)


def end(sandbox: Sandbox, setup: Obj, reason: str | None, origin: Origin) -> Obj:
    """Cancel the SetupIntent."""
    canceled = sandbox.store.setup_intents.update(
        setup["id"], cancellation_reason=reason, next_action=None, status="canceled"
    )
    sandbox.emit("setup_intent.canceled", canceled, origin)
    return canceled


def _expect_open(setup: Obj, refusal: str) -> None:
    if setup["status"] not in OPEN:
        raise StateConflictError(
            f"{refusal} because it has a status of {setup['status']}. Only a SetupIntent with one "
            f"of the following statuses will do: {', '.join(OPEN)}.",
            code="setup_intent_unexpected_state",
            setup_intent=setup,
        )
