"""Line items of a Checkout Session, and what they add up to."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ..errors import InvalidParamsError, parameter_missing, resource_missing
from ..money import MAXIMUM, check_granularity, display, minimum, read_currency
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj


def read(sandbox: Sandbox, wishes: list[dict[str, Any]]) -> list[Obj]:
    """The line items of a session, all in one currency."""
    items = [_item(sandbox, wish, f"line_items[{index}]") for index, wish in enumerate(wishes)]
    if len({item["currency"] for item in items}) > 1:
        raise InvalidParamsError(
            "All line items of a Checkout Session must have the same currency.",
            param="line_items",
        )
    return items


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
    if "price" in wish:
        raise resource_missing("price", wish["price"], f"{where}[price]")
    if "price_data" not in wish:
        raise parameter_missing(f"{where}[price_data]")
    if "quantity" not in wish:
        raise parameter_missing(f"{where}[quantity]")
    data = wish["price_data"]
    if "product" in data:
        raise resource_missing("product", data["product"], f"{where}[price_data][product]")
    if "product_data" not in data:
        raise parameter_missing(f"{where}[price_data][product_data]")
    currency = read_currency(data["currency"], f"{where}[price_data][currency]")
    unit = _unit_amount(data, f"{where}[price_data]")
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
        "description": data["product_data"]["name"],
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "price": _price(sandbox, data, currency, unit),
        "quantity": wish["quantity"],
    }


def _unit_amount(data: dict[str, Any], where: str) -> Decimal:
    if "unit_amount" in data:
        return Decimal(data["unit_amount"])
    if "unit_amount_decimal" not in data:
        raise parameter_missing(f"{where}[unit_amount]")
    try:
        unit = Decimal(data["unit_amount_decimal"])
    except InvalidOperation:
        unit = Decimal("NaN")
    if not unit.is_finite() or unit < 0 or unit > MAXIMUM or unit != round(unit, 12):
        raise InvalidParamsError(
            f"Invalid decimal: {data['unit_amount_decimal'][:50]}",
            code="parameter_invalid_integer",
            param=f"{where}[unit_amount_decimal]",
        )
    return unit


def _price(sandbox: Sandbox, data: dict[str, Any], currency: str, unit: Decimal) -> Obj:
    whole = unit == unit.to_integral_value()
    return {
        "id": sandbox.ids.new("price_"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": sandbox.clock.now(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": sandbox.ids.new("prod_", 14),
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": int(unit) if whole else None,
        "unit_amount_decimal": str(int(unit)) if whole else format(unit.normalize(), "f"),
    }
