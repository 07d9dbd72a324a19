"""``expand[]``: ids replaced by their objects (stripe.md, "Transport")."""

from __future__ import annotations

from collections.abc import Callable

from .errors import InvalidParamsError
from .resources import customers, invoice_payments, line_items, prices
from .resources.charges import refunds_of
from .resources.checkout_sessions import line_items_of
from .sandbox import Sandbox
from .store import Obj

MAX_DEPTH = 4

_IDS = frozenset(
    {
        "balance_transaction",
        "charge",
        "customer",
        "default_payment_method",
        "default_price",
        "default_source",
        "failure_balance_transaction",
        "latest_attempt",
        "latest_charge",
        "latest_invoice",
        "payment_intent",
        "payment_method",
        "price",
        "product",
        "setup_intent",
        "source",
        "subscription",
        "invoice",
        "test_clock",
    }
)
#: Fields that are left out unless asked for.
_ADDED: dict[tuple[str, str], Callable[[Sandbox, Obj], Obj | list[Obj] | None]] = {
    ("charge", "refunds"): refunds_of,
    ("checkout.session", "line_items"): line_items_of,
    ("invoice", "confirmation_secret"): invoice_payments.confirmation_secret,
    ("invoice", "payments"): invoice_payments.list_of,
    ("customer", "sources"): customers.sources_of,
    ("item", "discounts"): line_items.discounts_of,
    ("price", "currency_options"): prices.currency_options,
    ("price", "tiers"): prices.tiers,
    ("", "breakdown"): line_items.breakdown_of_total,
}


def expand(sandbox: Sandbox, obj: Obj, paths: list[str]) -> Obj:
    """``obj`` with each dotted path of ``paths`` filled in; the stored object is not touched."""
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > MAX_DEPTH:
            raise InvalidParamsError(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}",
                param="expand",
            )
        obj = _expand(sandbox, obj, steps, path)
    return obj


def _expand(sandbox: Sandbox, obj: Obj, steps: list[str], path: str) -> Obj:
    if not steps:
        return obj
    step, rest = steps[0], steps[1:]
    if step == "data" and obj.get("object") == "list":
        return {**obj, "data": [_expand(sandbox, item, rest, path) for item in obj["data"]]}
    value = _value(sandbox, obj, step, path)
    if value is None and step not in obj:
        return obj
    if rest and isinstance(value, dict):
        value = _expand(sandbox, value, rest, path)
    return {**obj, step: value}


def _value(sandbox: Sandbox, obj: Obj, step: str, path: str) -> Obj | list[Obj] | str | None:
    add = _ADDED.get((obj.get("object", ""), step))
    if add is not None:
        return obj.get(step) or add(sandbox, obj)
    if step not in obj:
        raise InvalidParamsError(f"This property cannot be expanded ({path}).", param="expand")
    value: Obj | list[Obj] | str | None = obj[step]
    if isinstance(value, dict | list):
        return value
    if step not in _IDS:
        raise InvalidParamsError(f"This property cannot be expanded ({path}).", param="expand")
    return sandbox.store.find(value) or value if value else value
