"""Checkout Sessions (stripe.md, "Checkout Sessions"); how they are paid: ``checkout_payment``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..call import NO_REQUEST, Call, Origin
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import envelope, page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import payment_intents, setup_intents
from .checkout_defaults import CONSTANT, branding, customer_details
from .checkout_modes import MODES

SHORTEST = 30 * 60
LONGEST = 24 * 3600
#: A caller's clock may differ from ours by this much before we refuse its ``expires_at``.
SLACK = 5


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/checkout/sessions`` on Stripe's own page; what is particular: its mode."""
    params = call.params
    _check_shape(sandbox, params)
    now = sandbox.clock.now()
    expires_at = _expiry(params, now)
    mode = MODES[params["mode"]]
    session_id = sandbox.ids.new("cs_test_a1", 56)
    particular, kept = mode(sandbox, call, session_id)
    session = {
        "id": session_id,
        "object": "checkout.session",
        **CONSTANT,
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "billing_address_collection": params.get("billing_address_collection"),
        "branding_settings": branding(sandbox),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "customer": params.get("customer"),
        "customer_details": customer_details(params.get("customer_email")),
        "customer_email": params.get("customer_email"),
        "expires_at": expires_at,
        "locale": params.get("locale"),
        "metadata": merge_metadata({}, params.get("metadata") or None),
        "mode": params["mode"],
        "payment_intent": None,
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{call.base_url}/c/pay/{session_id}",
        **particular,
    }
    sandbox.store.checkout_sessions.add(session)
    sandbox.store.checkout_sessions.attach(session_id, {**kept, "base_url": call.base_url})
    sandbox.schedule(expires_at, "expire_session", session_id)
    return session


def _check_shape(sandbox: Sandbox, params: dict[str, Any]) -> None:
    for name, supported in (("mode", MODES), ("ui_mode", ("hosted_page",))):
        if name in params and params[name] not in supported:
            raise InvalidParamsError(
                f"stripe_sandbox does not simulate {name}={params[name]} yet.", param=name
            )
    if "success_url" not in params:
        raise parameter_missing("success_url")
    if "customer" in params:
        sandbox.store.customers.get(params["customer"], "customer")
        for other in ("customer_email", "customer_creation"):
            if other in params:
                raise InvalidParamsError(
                    f"You may only specify one of these parameters: customer, {other}.",
                    param=other,
                )


def _expiry(params: dict[str, Any], now: int) -> int:
    expires_at: int = params.get("expires_at", now + LONGEST)
    if expires_at < now + SHORTEST - SLACK:
        raise InvalidParamsError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if expires_at > now + LONGEST + SLACK:
        raise InvalidParamsError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return expires_at


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/checkout/sessions/{id}``."""
    return sandbox.store.checkout_sessions.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/checkout/sessions``."""
    return page(
        sandbox.store.checkout_sessions,
        call.path,
        call.params,
        "customer",
        "payment_intent",
        "status",
        "subscription",
    )


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/checkout/sessions/{id}``: its metadata."""
    old = sandbox.store.checkout_sessions.get(call.id)
    metadata = merge_metadata(old["metadata"], call.params.get("metadata"))
    return sandbox.store.checkout_sessions.update(call.id, metadata=metadata)


def list_line_items(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/checkout/sessions/{id}/line_items``, in the order in which they were given."""
    session = sandbox.store.checkout_sessions.get(call.id)
    return line_items_of(sandbox, session, call.params)


def line_items_of(sandbox: Sandbox, session: Obj, params: dict[str, Any] | None = None) -> Obj:
    """A page of the session's line items."""
    wish = params or {}
    items: list[Obj] = sandbox.store.checkout_sessions.part(session["id"])["line_items"]
    ids = [item["id"] for item in items]
    for anchor in ("starting_after", "ending_before"):
        if anchor in wish and wish[anchor] not in ids:
            raise InvalidParamsError(f"No such line item: '{wish[anchor]}'", param=anchor)
    if "starting_after" in wish:
        items = items[ids.index(wish["starting_after"]) + 1 :]
    limit = wish.get("limit", 10)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    if "ending_before" in wish:
        items = items[: ids.index(wish["ending_before"])]
        return envelope(items[-limit:], url, len(items) > limit)
    return envelope(items[:limit], url, len(items) > limit)


def expire(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/checkout/sessions/{id}/expire``: only while it is open."""
    session = sandbox.store.checkout_sessions.get(call.id)
    if session["status"] != "open":
        raise StateConflictError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f'Session has a status of "{session["status"]}".'
        )
    return end(sandbox, session, call.origin)


def expire_in_time(sandbox: Sandbox, session_id: str) -> None:
    """The session's time is over."""
    session = sandbox.store.checkout_sessions.find(session_id)
    if session is not None and session["status"] == "open":
        end(sandbox, session, NO_REQUEST)


def end(sandbox: Sandbox, session: Obj, origin: Origin) -> Obj:
    """Close an open session; the intent of it goes with it, if there is one."""
    expired = sandbox.store.checkout_sessions.update(session["id"], status="expired", url=None)
    intent = sandbox.store.payment_intents.find(session["payment_intent"] or "")
    if intent is not None and intent["status"] in payment_intents.CANCELABLE:
        payment_intents.end(sandbox, intent, "automatic", origin)
    setup = sandbox.store.setup_intents.find(session["setup_intent"] or "")
    if setup is not None and setup["status"] in setup_intents.OPEN:
        setup_intents.end(sandbox, setup, None, origin)
    sandbox.emit("checkout.session.expired", expired, origin)
    return expired


def return_address(session: Obj) -> str:
    """Where the browser goes after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def shop_of(session: Obj) -> str:
    """The host that a customer knows the shop by."""
    return urlsplit(session["success_url"]).netloc
