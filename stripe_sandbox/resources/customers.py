"""Customers."""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Call, Origin
from ..lists import page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from .payment_methods import resolve, save

_TEXTS = ("address", "business_name", "description", "email", "individual_name", "name", "phone")


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
            "created": sandbox.clock.now(),
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
    known = {name: call.params[name] for name in _TEXTS if name in call.params}
    customer = new(sandbox, call.origin, call.params.get("metadata"), **known)
    if "payment_method" in call.params:
        save(sandbox, resolve(sandbox, call.params["payment_method"]), customer["id"], call.origin)
    return customer


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers/{id}``."""
    return sandbox.store.customers.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/customers/{id}``."""
    old = sandbox.store.customers.get(call.id)
    changes: Obj = {name: call.params[name] for name in _TEXTS if name in call.params}
    changes["metadata"] = merge_metadata(old["metadata"], call.params.get("metadata"))
    previous = {name: old.get(name) for name, value in changes.items() if old.get(name) != value}
    customer = sandbox.store.customers.update(call.id, **changes)
    sandbox.emit("customer.updated", customer, call.origin, previous)
    return customer


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/customers/{id}``."""
    customer = sandbox.store.customers.get(call.id)
    sandbox.store.customers.remove(call.id)
    sandbox.emit("customer.deleted", customer, call.origin)
    return {"id": call.id, "object": "customer", "deleted": True}


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/customers``."""
    return page(sandbox.store.customers, call.path, call.params, "email")
