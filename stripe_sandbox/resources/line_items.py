"""Line items of a Checkout Session, and what they add up to."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..errors import InvalidParamsError, parameter_missing
from ..money import MAXIMUM, check_granularity, display, minimum
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog


def read(sandbox: Sandbox, wishes: list[dict[str, Any]]) -> list[Obj]:
    """The line items of a session, all in one currency."""
    items = [_item(sandbox, wish, f"line_items[{index}]") for index, wish in enumerate(wishes)]
    if len({item["currency"] for item in items}) > 1:
        raise InvalidParamsError(
            "All line items of a Checkout Session must have the same currency.",
            param="line_items",
        )
    return items


def check_mode(items: list[Obj], mode: str) -> None:
    """Refuse prices that a session of this mode cannot sell."""
    recurring = any(item["price"]["recurring"] for item in items)
    if mode == "payment" and recurring:
        raise InvalidParamsError(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.",
            param="line_items",
        )
    if mode == "subscription" and not recurring:
        raise InvalidParamsError(
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices.",
            param="line_items",
        )


def total(items: list[Obj]) -> int:
    """What is due, checked against the limits of the currency; nothing due is fine."""
    amount: int = sum(item["amount_total"] for item in items)
    currency: str = items[0]["currency"]
    if amount > MAXIMUM:
        raise InvalidParamsError(
            "The Checkout Session's total amount due must be no more than "
            f"{display(MAXIMUM, currency)} {currency}",
            code="amount_too_large",
        )
    if 0 < amount < minimum(currency):
        raise InvalidParamsError(
            "The Checkout Session's total amount due must add up to at least "
            f"{display(minimum(currency), currency)} {currency}",
            code="amount_too_small",
        )
    return amount


def _item(sandbox: Sandbox, wish: dict[str, Any], where: str) -> Obj:
    if "quantity" not in wish:
        raise parameter_missing(f"{where}[quantity]")
    price = catalog.resolve_price(sandbox, wish, where)
    currency: str = price["currency"]
    unit = Decimal(price["unit_amount_decimal"])
    amount = int((unit * wish["quantity"]).to_integral_value(ROUND_HALF_UP))
    check_granularity(amount, currency, f"{where}[price_data][unit_amount]")
    return {
        "id": sandbox.ids.new("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": catalog.name_of(sandbox, price),
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "price": price,
        "quantity": wish["quantity"],
    }


def breakdown_of_total(sandbox: Sandbox, total_details: Obj) -> Obj:
    """What ``expand`` shows of a total: nothing is discounted or taxed."""
    return {"discounts": [], "taxes": []}


def discounts_of(sandbox: Sandbox, item: Obj) -> list[Obj]:
    """What ``expand`` shows of an item."""
    return []
