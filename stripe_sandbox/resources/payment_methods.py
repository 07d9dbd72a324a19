"""PaymentMethods: test cards, new or saved with a customer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..call import Call
from ..cards import BY_FINGERPRINT, BY_METHOD, NOT_A_TEST_CARD, Card, by_number
from ..errors import CardError, InvalidParamsError, StateConflictError, resource_missing
from ..lists import page
from ..sandbox import Sandbox
from ..store import Obj

EMPTY_ADDRESS: Obj = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}


def billing_details(email: str | None = None, name: str | None = None) -> Obj:
    """Who pays."""
    return {
        "address": EMPTY_ADDRESS,
        "email": email,
        "name": name,
        "phone": None,
        "tax_id": None,
    }


def new(sandbox: Sandbox, card: Card, billing: Obj | None = None) -> Obj:
    """A PaymentMethod for a test card."""
    return sandbox.store.payment_methods.add(
        {
            "id": sandbox.ids.new("pm_"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": billing or billing_details(),
            "card": _card(sandbox, card),
            "created": sandbox.clock.now(),
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "radar_options": {},
            "type": "card",
        }
    )


def _card(sandbox: Sandbox, card: Card) -> Obj:
    year = datetime.fromtimestamp(sandbox.clock.now(), UTC).year
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": year + 4,
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def card_of(method: Obj) -> Card:
    """The test card behind a PaymentMethod."""
    return BY_FINGERPRINT[method["card"]["fingerprint"]]


def resolve(sandbox: Sandbox, method_id: str, param: str = "payment_method") -> Obj:
    """The PaymentMethod of that id; ``pm_card_…`` makes a new one, as in Stripe's test mode."""
    card = BY_METHOD.get(method_id)
    if card is not None:
        return new(sandbox, card)
    return sandbox.store.payment_methods.get(method_id, param)


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods``: by token or test number, never a real number."""
    if call.params["type"] != "card":
        raise InvalidParamsError("stripe_sandbox does not simulate this type yet.", param="type")
    wish = call.params.get("card", {})
    token = wish.get("token", "")
    card = BY_METHOD.get(token.replace("tok_", "pm_card_", 1)) if token else None
    if token and card is None:
        raise resource_missing("token", token, "card[token]")
    if card is None:
        card = by_number(wish.get("number", ""))
    if card is None:
        raise CardError(NOT_A_TEST_CARD, code="incorrect_number", param="number")
    billing = {**billing_details(), **call.params.get("billing_details", {})}
    method = new(sandbox, card, billing)
    metadata = {k: v for k, v in call.params.get("metadata", {}).items() if v != ""}
    return sandbox.store.payment_methods.update(method["id"], metadata=metadata)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_methods/{id}``."""
    return sandbox.store.payment_methods.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_methods``."""
    return page(sandbox.store.payment_methods, call.path, call.params, "customer", "type")


def list_of_customer(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/{id}/payment_methods``."""
    sandbox.store.customers.get(call.id)
    params = {**call.params, "customer": call.id}
    return page(sandbox.store.payment_methods, call.path, params, "customer", "type")


def attach(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods/{id}/attach``."""
    customer = sandbox.store.customers.get(call.params["customer"], "customer")
    method = resolve(sandbox, call.id, "id")
    if method["customer"] not in (None, customer["id"]):
        raise StateConflictError("The payment method you provided has already been attached.")
    return save(sandbox, method, customer["id"], call)


def save(sandbox: Sandbox, method: Obj, customer_id: str, call: Call | None = None) -> Obj:
    """Keep a method with a customer, for payments without its owner."""
    changed = sandbox.store.payment_methods.update(method["id"], customer=customer_id)
    sandbox.emit("payment_method.attached", changed, *_origin(call))
    return changed


def detach(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods/{id}/detach``."""
    method = sandbox.store.payment_methods.get(call.id)
    if method["customer"] is None:
        raise StateConflictError(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    changed = sandbox.store.payment_methods.update(method["id"], customer=None)
    sandbox.emit("payment_method.detached", changed, call.origin, {"customer": method["customer"]})
    return changed


def _origin(call: Call | None) -> tuple[Any, ...]:
    return (call.origin,) if call else ()
