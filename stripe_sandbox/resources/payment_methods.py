"""PaymentMethods: test cards, new or saved with a customer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .. import bank_accounts, instruments
from ..bank_accounts import BankAccount
from ..call import NO_REQUEST, Call, Origin
from ..cards import BY_FINGERPRINT, BY_METHOD, Card
from ..errors import (
    CardError,
    InvalidParamsError,
    StateConflictError,
    resource_missing,
)
from ..lists import page
from ..params import merge_metadata
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


def new(sandbox: Sandbox, instrument: Card | BankAccount, billing: Obj | None = None) -> Obj:
    """A PaymentMethod for a test card or a test bank account."""
    method = sandbox.store.payment_methods.add(
        {
            "id": sandbox.ids.new("pm_"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": billing or billing_details(),
            "created": sandbox.clock.now(),
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "radar_options": {},
            "type": instrument.type,
            instrument.type: _details(sandbox, instrument),
        }
    )
    set_up = isinstance(instrument, Card) and instrument.set_up
    sandbox.store.payment_methods.attach(method["id"], {"set_up": set_up, "spent": False})
    return method


def _details(sandbox: Sandbox, instrument: Card | BankAccount) -> Obj:
    return _card(sandbox, instrument) if isinstance(instrument, Card) else _account(instrument)


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


def _account(account: BankAccount) -> Obj:
    return {
        "bank_code": account.bank_code,
        "branch_code": None,
        "country": account.country,
        "fingerprint": account.fingerprint,
        "generated_from": None,
        "last4": account.last4,
    }


def account_of(method: Obj) -> BankAccount:
    """The test bank account behind a PaymentMethod of type ``sepa_debit``."""
    return bank_accounts.BY_FINGERPRINT[method["sepa_debit"]["fingerprint"]]


def card_of(method: Obj) -> Card:
    """The test card behind a PaymentMethod of type ``card``."""
    return BY_FINGERPRINT[method["card"]["fingerprint"]]


def instrument_of(method: Obj) -> Card | BankAccount:
    """The test card or bank account behind a PaymentMethod."""
    return card_of(method) if method["type"] == "card" else account_of(method)


def note_set_up(sandbox: Sandbox, method: Obj) -> None:
    """Its owner has agreed to payments without him."""
    sandbox.store.payment_methods.part(method["id"])["set_up"] = True


def is_set_up(sandbox: Sandbox, method: Obj) -> bool:
    """Whether its owner has agreed to payments without him."""
    agreed: bool = sandbox.store.payment_methods.part(method["id"])["set_up"]
    return agreed


def note_spent(sandbox: Sandbox, method: Obj) -> None:
    """A method that no customer keeps is good for one payment."""
    if method["customer"] is None:
        sandbox.store.payment_methods.part(method["id"])["spent"] = True


def check_owner(method: Obj, customer_id: str | None, kind: str = "PaymentIntent") -> None:
    """Refuse a customer's method for anybody else's intent."""
    if method["customer"] not in (None, customer_id):
        raise InvalidParamsError(
            "The PaymentMethod belongs to a Customer. Please include the Customer in the "
            f"`customer` parameter on the {kind}.",
            param="payment_method",
        )


def resolve(sandbox: Sandbox, method_id: str, param: str = "payment_method") -> Obj:
    """The PaymentMethod of that id; ``pm_card_…`` makes a new one, as in Stripe's test mode."""
    instrument = BY_METHOD.get(method_id) or bank_accounts.BY_METHOD.get(method_id)
    if instrument is not None:
        return new(sandbox, instrument)
    method = sandbox.store.payment_methods.get(method_id, param)
    if sandbox.store.payment_methods.part(method_id)["spent"]:
        raise StateConflictError(
            "The provided PaymentMethod was used before without being attached to a Customer, or "
            "was detached from one. It may not be used again. To use a PaymentMethod several "
            "times, attach it to a Customer first.",
            param=param,
        )
    return method


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods``: by token or test number, never a real number."""
    return described(sandbox, call.params)


def described(sandbox: Sandbox, wish: dict[str, Any]) -> Obj:
    """A new PaymentMethod as an endpoint's parameters, or ``payment_method_data``, describe it."""
    billing = {**billing_details(), **wish.get("billing_details", {})}
    method = new(sandbox, instruments.read(wish), billing)
    metadata = {k: v for k, v in wish.get("metadata", {}).items() if v != ""}
    return sandbox.store.payment_methods.update(method["id"], metadata=metadata)


def chosen(sandbox: Sandbox, params: dict[str, Any]) -> Obj | None:
    """The PaymentMethod that a call names or describes, if it does."""
    if "payment_method_data" in params:
        return described(sandbox, params["payment_method_data"])
    return resolve(sandbox, params["payment_method"]) if "payment_method" in params else None


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_methods/{id}``."""
    return sandbox.store.payment_methods.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods/{id}``: whose it is called, and until when a card is good."""
    old = sandbox.store.payment_methods.get(call.id)
    params = call.params
    if old["customer"] is None:
        raise StateConflictError(
            "You must save this PaymentMethod to a customer before you can update it."
        )
    changes: Obj = {name: params[name] for name in ("allow_redisplay",) if name in params}
    for name in ("billing_details", "card"):
        if name in params:
            changes[name] = {**old[name], **params[name]}
    changes["metadata"] = merge_metadata(old["metadata"], params.get("metadata"))
    method = sandbox.store.payment_methods.update(call.id, **changes)
    previous = {name: old[name] for name, value in changes.items() if old[name] != value}
    sandbox.emit("payment_method.updated", method, call.origin, previous)
    return method


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
    check_attachable(method)
    return save(sandbox, method, customer["id"], call.origin)


def check_attachable(method: Obj) -> None:
    """The bank is asked whether the card can be kept at all."""
    card = card_of(method) if method["type"] == "card" else None
    if card is not None and card.decline is not None and not card.attaches:
        raise CardError(
            card.decline.message, code=card.decline.code, decline_code=card.decline.decline_code
        )


def save(sandbox: Sandbox, method: Obj, customer_id: str, origin: Origin = NO_REQUEST) -> Obj:
    """Keep a method with a customer, for payments to come."""
    changed = sandbox.store.payment_methods.update(method["id"], customer=customer_id)
    sandbox.emit("payment_method.attached", changed, origin)
    return changed


def detach(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_methods/{id}/detach``."""
    method = sandbox.store.payment_methods.get(call.id)
    if method["customer"] is None:
        raise StateConflictError(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    return let_go(sandbox, method, call.origin)


def let_go(sandbox: Sandbox, method: Obj, origin: Origin) -> Obj:
    """Take the method from its customer, for good."""
    changed = sandbox.store.payment_methods.update(method["id"], customer=None)
    note_spent(sandbox, changed)
    sandbox.emit("payment_method.detached", changed, origin, {"customer": method["customer"]})
    return changed


def retrieve_of_customer(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/{id}/payment_methods/{id}``."""
    sandbox.store.customers.get(call.id)
    method = sandbox.store.payment_methods.get(call.ids[1])
    if method["customer"] != call.id:
        raise resource_missing("PaymentMethod", call.ids[1])
    return method
