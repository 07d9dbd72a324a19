"""Customers."""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Call, Origin
from ..errors import InvalidParamsError
from ..lists import envelope, page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..search import search
from ..store import Obj
from . import timeline
from .payment_methods import check_attachable, let_go, resolve, save

_COPIED = (
    "address",
    "balance",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
)


_SEARCHED = {"created": "number", "email": "text", "name": "text", "phone": "text"}


def new(
    sandbox: Sandbox,
    origin: Origin = NO_REQUEST,
    metadata: dict[str, str] | None = None,
    **known: Any,
) -> Obj:
    """A customer with what is ``known`` of him, and the event of it."""
    customer_id = sandbox.ids.new("cus_", 14)
    customer = sandbox.store.customers.add(
        {
            "id": customer_id,
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": timeline.now(sandbox, {"test_clock": known.get("test_clock")}),
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": None,
            "invoice_prefix": customer_id[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": merge_metadata({}, metadata or None),
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
            **known,
        }
    )
    sandbox.emit("customer.created", customer, origin)
    return customer


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/customers``."""
    params = call.params
    known = {name: params[name] for name in _COPIED if name in params}
    if "test_clock" in params:
        clock = sandbox.store.test_clocks.get(params["test_clock"], "test_clock")
        known["test_clock"] = clock["id"]
    method = resolve(sandbox, params["payment_method"]) if "payment_method" in params else None
    if method is not None:
        check_attachable(method)
    customer = new(sandbox, call.origin, params.get("metadata"), **known)
    if method is not None:
        save(sandbox, method, customer["id"], call.origin)
    if "invoice_settings" in params:
        wish = dict(params["invoice_settings"])
        if method is not None and wish.get("default_payment_method") == params["payment_method"]:
            wish["default_payment_method"] = method["id"]  # pm_card_… names a new one each time
        settings = _invoice_settings(sandbox, customer, wish)
        return sandbox.store.customers.update(customer["id"], invoice_settings=settings)
    return customer


def _invoice_settings(sandbox: Sandbox, customer: Obj, wish: dict[str, Any]) -> Obj:
    method_id = wish.get("default_payment_method")
    if method_id is not None:
        param = "invoice_settings[default_payment_method]"
        wish = {**wish, "default_payment_method": owned(sandbox, customer, method_id, param)["id"]}
    return {**customer["invoice_settings"], **wish}


def owned(sandbox: Sandbox, customer: Obj, method_id: str, param: str) -> Obj:
    """The customer's own PaymentMethod of that id; refuses one that he has not saved."""
    method = sandbox.store.payment_methods.get(method_id, param)
    if method["customer"] != customer["id"]:
        raise InvalidParamsError(
            f"The customer does not have a payment method with the ID {method_id}. The payment "
            "method must be attached to the customer.",
            code="resource_missing",
            param=param,
        )
    return method


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/{id}``; of a deleted one, that it was deleted."""
    deleted = sandbox.store.deleted_customers.find(call.id)
    if deleted is not None:
        return deleted
    return sandbox.store.customers.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/customers/{id}``."""
    old = sandbox.store.customers.get(call.id)
    changes: Obj = {name: call.params[name] for name in _COPIED if name in call.params}
    if "invoice_settings" in call.params:
        wish = call.params["invoice_settings"]
        changes["invoice_settings"] = _invoice_settings(sandbox, old, wish)
    changes["metadata"] = merge_metadata(old["metadata"], call.params.get("metadata"))
    previous = {name: old.get(name) for name, value in changes.items() if old.get(name) != value}
    customer = sandbox.store.customers.update(call.id, **changes)
    sandbox.emit("customer.updated", customer, call.origin, previous)
    return customer


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/customers/{id}``."""
    return remove(sandbox, sandbox.store.customers.get(call.id), call.origin)


def remove(sandbox: Sandbox, customer: Obj, origin: Origin) -> Obj:
    """Forget the customer; his methods are let go, and what reacts ends his subscriptions."""
    for method in list(sandbox.store.payment_methods.newest_first()):
        if method["customer"] == customer["id"]:
            let_go(sandbox, method, origin)
    sandbox.store.customers.remove(customer["id"])
    sandbox.emit("customer.deleted", customer, origin)
    return sandbox.store.deleted_customers.add(
        {"id": customer["id"], "object": "customer", "deleted": True}
    )


def search_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/search``."""
    return search(sandbox.store.customers, call.path, call.params, _SEARCHED)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers``."""
    return page(sandbox.store.customers, call.path, call.params, "email", "test_clock")


def sources_of(sandbox: Sandbox, customer: Obj) -> Obj:
    """What ``expand`` shows: no Sources, which PaymentMethods have replaced."""
    return envelope([], f"/v1/customers/{customer['id']}/sources")


def list_sources(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/{id}/sources``."""
    return sources_of(sandbox, sandbox.store.customers.get(call.id))
