"""Products: what prices are for."""

from __future__ import annotations

from ..call import Call
from ..errors import StateConflictError
from ..lists import cut, envelope
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/products``, with its first price if ``default_price_data`` is given."""
    params = call.params
    catalog.check_new_product(sandbox, params)
    terms = params.get("default_price_data")
    read = catalog.read_terms(terms, "default_price_data") if terms else None
    product = catalog.new_product(sandbox, params)
    sandbox.emit("product.created", product, call.origin)
    if read is not None:
        price = catalog.new_price(sandbox, read, product["id"], terms)
        product = sandbox.store.products.update(product["id"], default_price=price["id"])
        catalog.announce(sandbox, price, call.origin)
    return product


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/products/{id}``."""
    return sandbox.store.products.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/products/{id}``."""
    old = sandbox.store.products.get(call.id)
    params = call.params
    changes: Obj = {name: params[name] for name in catalog.PRODUCT_FACTS if name in params}
    if "default_price" in params:
        price = sandbox.store.prices.get(params["default_price"], "default_price")
        changes["default_price"] = price["id"]
    changes["metadata"] = merge_metadata(old["metadata"], params.get("metadata"))
    changes["updated"] = sandbox.clock.now()
    product = sandbox.store.products.update(call.id, **changes)
    previous = {name: old[name] for name, value in changes.items() if old[name] != value}
    sandbox.emit("product.updated", product, call.origin, previous)
    return product


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/products/{id}``: only while it has no prices."""
    product = sandbox.store.products.get(call.id)
    if any(price["product"] == call.id for price in sandbox.store.prices.newest_first()):
        raise StateConflictError(
            "This product cannot be deleted because it has one or more user-created prices."
        )
    sandbox.store.products.remove(call.id)
    sandbox.emit("product.deleted", product, call.origin)
    return {"id": call.id, "object": "product", "deleted": True}


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/products``."""
    params = call.params

    def matches(product: Obj) -> bool:
        return all(
            product[name] == params[name]
            for name in ("active", "shippable", "type", "url")
            if name in params
        ) and ("ids" not in params or product["id"] in params["ids"])

    return cut(sandbox.store.products, call.path, params, matches)


def list_features(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/products/{id}/features``: none, since there are no entitlements."""
    sandbox.store.products.get(call.id)
    return envelope([], call.path)
