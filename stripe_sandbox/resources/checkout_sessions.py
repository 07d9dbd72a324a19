"""Checkout Sessions (stripe.md, "Checkout Sessions"); how they are paid: ``checkout_payment``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..call import NO_REQUEST, Call, Origin
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import envelope, page
from ..params import merge_metadata
from ..payment_method_types import offered
from ..sandbox import Sandbox
from ..store import Obj
from . import line_items, payment_intents

SHORTEST = 30 * 60
LONGEST = 24 * 3600
#: A caller's clock may differ from ours by this much before we refuse its ``expires_at``.
SLACK = 5

#: The same for every session of the sandbox; shared, since nothing in the store is changed.
_CONSTANT: Obj = {
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "client_secret": None,
    "collected_information": {
        "business_name": None,
        "individual_name": None,
        "shipping_details": None,
    },
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer_account": None,
    "discounts": [],
    "integration_identifier": None,
    "invoice": None,
    "invoice_creation": {
        "enabled": False,
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": None,
            "metadata": {},
            "rendering_options": None,
        },
    },
    "livemode": False,
    "managed_payments": {"enabled": False},
    "origin_context": None,
    "payment_link": None,
    "payment_method_collection": "if_required",
    "payment_method_configuration_details": None,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "permissions": None,
    "phone_number_collection": {"enabled": False},
    "recovered_from": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "subscription": None,
    "wallet_options": None,
}


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/checkout/sessions``, mode payment on Stripe's own page."""
    params = call.params
    _check_shape(sandbox, params)
    now = sandbox.clock.now()
    expires_at = _expiry(params, now)
    items = line_items.read(sandbox, params["line_items"])
    line_items.check_mode(items, params["mode"])
    amount = line_items.total(items)
    currency: str = items[0]["currency"]
    if params.get("currency", currency).lower() != currency:
        raise InvalidParamsError("The line items are not in this currency.", param="currency")
    session_id = sandbox.ids.new("cs_test_a1", 56)
    session = {
        "id": session_id,
        "object": "checkout.session",
        **_CONSTANT,
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": amount,
        "amount_total": amount,
        "billing_address_collection": params.get("billing_address_collection"),
        "branding_settings": _branding(sandbox),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": currency,
        "customer": params.get("customer"),
        "customer_creation": None
        if "customer" in params
        else params.get("customer_creation", "if_required"),
        "customer_details": _customer_details(params.get("customer_email")),
        "customer_email": params.get("customer_email"),
        "expires_at": expires_at,
        "locale": params.get("locale"),
        "metadata": merge_metadata({}, params.get("metadata") or None),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": _method_types(currency, params),
        "payment_status": "unpaid" if amount else "no_payment_required",
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{call.base_url}/c/pay/{session_id}",
    }
    sandbox.store.checkout_sessions.add(session)
    sandbox.store.checkout_sessions.attach(
        session_id,
        {
            "line_items": items,
            "payment_intent_data": params.get("payment_intent_data", {}),
            "base_url": call.base_url,
        },
    )
    sandbox.schedule(expires_at, "expire_session", session_id)
    return session


def _check_shape(sandbox: Sandbox, params: dict[str, Any]) -> None:
    for name, supported in (("mode", "payment"), ("ui_mode", "hosted_page")):
        if params.get(name, supported) != supported:
            raise InvalidParamsError(
                f"stripe_sandbox does not simulate {name}={params[name]} yet.", param=name
            )
    for name in ("success_url", "line_items"):
        if not params.get(name):
            raise parameter_missing(name)
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


def _method_types(currency: str, params: dict[str, Any]) -> list[str]:
    data = params.get("payment_intent_data", {})
    return offered(currency, {"capture_method": data.get("capture_method"), **params})


def _branding(sandbox: Sandbox) -> Obj:
    return {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#0f6fde",
        "display_name": sandbox.settings.merchant,
        "font_family": "default",
        "icon": None,
        "logo": None,
    }


def _customer_details(email: str | None) -> Obj | None:
    if email is None:
        return None
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


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
    """Close an open session; an intent that a declined attempt left behind goes with it."""
    expired = sandbox.store.checkout_sessions.update(session["id"], status="expired", url=None)
    intent = sandbox.store.payment_intents.find(session["payment_intent"] or "")
    if intent is not None and intent["status"] in payment_intents.CANCELABLE:
        payment_intents.end(sandbox, intent, "automatic", origin)
    sandbox.emit("checkout.session.expired", expired, origin)
    return expired


def return_address(session: Obj) -> str:
    """Where the browser goes after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def shop_of(session: Obj) -> str:
    """The host that a customer knows the shop by."""
    return urlsplit(session["success_url"]).netloc
