"""Prices: how much, in which currency, once or how often."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, parameter_missing
from ..lists import cut
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/prices``, of a product that exists or that comes along."""
    params = call.params
    terms = catalog.read_terms(params)
    _free_lookup_key(sandbox, params)
    if "product" in params:
        product = sandbox.store.products.get(params["product"], "product")
    elif "product_data" in params:
        catalog.check_new_product(sandbox, params["product_data"])
        product = catalog.new_product(sandbox, params["product_data"])
        sandbox.emit("product.created", product, call.origin)
    else:
        raise parameter_missing("product")
    price = catalog.new_price(sandbox, terms, product["id"], params)
    catalog.announce(sandbox, price, call.origin)
    return price


def _free_lookup_key(sandbox: Sandbox, params: dict[str, Any], own: str = "") -> None:
    """Take the lookup key from the price that has it, if the caller says so."""
    key = params.get("lookup_key")
    if key is None:
        return
    for price in sandbox.store.prices.newest_first():
        if price["lookup_key"] != key or price["id"] == own:
            continue
        if not params.get("transfer_lookup_key"):
            raise InvalidParamsError(
                f"A price (`{price['id']}`) already uses that lookup key.", param="lookup_key"
            )
        sandbox.store.prices.update(price["id"], lookup_key=None)
        return


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/prices/{id}``."""
    return sandbox.store.prices.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/prices/{id}``: how it is called, never how much it is."""
    old = sandbox.store.prices.get(call.id)
    _free_lookup_key(sandbox, call.params, call.id)
    names = ("active", "lookup_key", "nickname", "tax_behavior")
    changes: Obj = {name: call.params[name] for name in names if name in call.params}
    changes["metadata"] = merge_metadata(old["metadata"], call.params.get("metadata"))
    price = sandbox.store.prices.update(call.id, **changes)
    previous = {name: old[name] for name, value in changes.items() if old[name] != value}
    sandbox.emit("price.updated", price, call.origin, previous)
    return price


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/prices``."""
    params = call.params

    def matches(price: Obj) -> bool:
        recurring = price["recurring"] or {}
        return (
            all(
                price[name] == params[name]
                for name in ("active", "currency", "product", "type")
                if name in params
            )
            and all(recurring.get(k) == v for k, v in params.get("recurring", {}).items())
            and ("lookup_keys" not in params or price["lookup_key"] in params["lookup_keys"])
        )

    return cut(sandbox.store.prices, call.path, params, matches)


def currency_options(sandbox: Sandbox, price: Obj) -> Obj:
    """What ``expand`` shows: the price in each of its currencies, of which there is one."""
    shown = ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
    return {price["currency"]: {name: price[name] for name in shown}}


def tiers(sandbox: Sandbox, price: Obj) -> None:
    """What ``expand`` shows: nothing, since no price has tiers."""
