"""How Products and Prices come into being, by their endpoints or inline with something else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..call import Origin
from ..errors import InvalidParamsError, parameter_missing
from ..money import MAXIMUM, check_granularity, read_currency
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj

PRODUCT_FACTS = (
    "active",
    "description",
    "images",
    "marketing_features",
    "name",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "tax_details",
    "type",
    "unit_label",
    "url",
)


#: Stripe bills at least once in three years.
_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}


def new_product(sandbox: Sandbox, wish: dict[str, Any], *, active: bool = True) -> Obj:
    """A product as ``wish`` describes it."""
    now = sandbox.clock.now()
    return sandbox.store.products.add(
        {
            "id": wish.get("id") or sandbox.ids.new("prod_", 14),
            "object": "product",
            "active": active,
            "created": now,
            "default_price": None,
            "description": None,
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": merge_metadata({}, wish.get("metadata") or None),
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "tax_details": None,
            "type": "service",
            "unit_label": None,
            "updated": now,
            "url": None,
            **{name: wish[name] for name in PRODUCT_FACTS if name in wish},
        }
    )


def check_new_product(sandbox: Sandbox, wish: dict[str, Any]) -> None:
    """Refuse an id that is taken."""
    if sandbox.store.products.find(wish.get("id", "")) is not None:
        raise InvalidParamsError(
            f"Product already exists: {wish['id']}", code="resource_already_exists", param="id"
        )


class Terms(NamedTuple):
    """What a price asks, checked."""

    currency: str
    unit: Decimal
    recurring: Obj | None


def read_terms(wish: dict[str, Any], where: str = "") -> Terms:
    """The terms that ``wish``, sent as ``where``, states; raises ``InvalidParamsError``."""

    def param(name: str) -> str:
        return f"{where}[{name}]" if where else name

    currency = read_currency(wish["currency"], param("currency"))
    unit = _unit_amount(wish, param)
    if unit == unit.to_integral_value():
        check_granularity(int(unit), currency, param("unit_amount"))
    recurring = wish.get("recurring")
    return Terms(currency, unit, _recurring(recurring, param("recurring")) if recurring else None)


def _unit_amount(wish: dict[str, Any], param: Callable[[str], str]) -> Decimal:
    if "unit_amount" in wish:
        return Decimal(wish["unit_amount"])
    if "unit_amount_decimal" not in wish:
        raise parameter_missing(param("unit_amount"))
    try:
        unit = Decimal(wish["unit_amount_decimal"])
    except InvalidOperation:
        unit = Decimal("NaN")
    if not unit.is_finite() or unit < 0 or unit > MAXIMUM or unit != round(unit, 12):
        raise InvalidParamsError(
            f"Invalid decimal: {wish['unit_amount_decimal'][:50]}",
            code="parameter_invalid_integer",
            param=param("unit_amount_decimal"),
        )
    return unit


def _recurring(wish: dict[str, Any], where: str) -> Obj:
    count = wish.get("interval_count", 1)
    if count > _LONGEST[wish["interval"]]:
        raise InvalidParamsError(
            f"Invalid interval_count: at most {_LONGEST[wish['interval']]} for interval "
            f"{wish['interval']}.",
            param=f"{where}[interval_count]",
        )
    return {
        "interval": wish["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": wish.get("trial_period_days"),
        "usage_type": "licensed",
    }


def new_price(
    sandbox: Sandbox,
    terms: Terms,
    product_id: str,
    wish: dict[str, Any] | None = None,
    *,
    active: bool = True,
) -> Obj:
    """A price of a product; ``wish`` says what it is called."""
    wish = wish or {}
    unit = terms.unit
    whole = unit == unit.to_integral_value()
    return sandbox.store.prices.add(
        {
            "id": sandbox.ids.new("price_"),
            "object": "price",
            "active": wish.get("active", active),
            "billing_scheme": "per_unit",
            "created": sandbox.clock.now(),
            "currency": terms.currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": wish.get("lookup_key"),
            "metadata": merge_metadata({}, wish.get("metadata") or None),
            "nickname": wish.get("nickname"),
            "product": product_id,
            "recurring": terms.recurring,
            "tax_behavior": wish.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if terms.recurring else "one_time",
            "unit_amount": int(unit) if whole else None,
            "unit_amount_decimal": str(int(unit)) if whole else format(unit.normalize(), "f"),
        }
    )


def inline_price(sandbox: Sandbox, data: dict[str, Any], where: str) -> Obj:
    """The price that ``price_data``, sent as ``where``, describes: inactive, for one use."""
    terms = read_terms(data, where)
    if "product" in data:
        product = sandbox.store.products.get(data["product"], f"{where}[product]")
    elif "product_data" in data:
        product = new_product(sandbox, data["product_data"], active=False)
    else:
        raise parameter_missing(f"{where}[product_data]")
    named = {name: data[name] for name in ("tax_behavior",) if name in data}
    return new_price(sandbox, terms, product["id"], named, active=False)


def resolve_price(sandbox: Sandbox, wish: dict[str, Any], where: str) -> Obj:
    """The price that ``wish``, sent as ``where``, names by ``price`` or gives as ``price_data``."""
    if "price" in wish:
        price = sandbox.store.prices.get(wish["price"], f"{where}[price]")
        if not price["active"]:
            raise InvalidParamsError(
                f"The price specified is inactive. This field only accepts active prices "
                f"({price['id']}).",
                param=f"{where}[price]",
            )
        return price
    if "price_data" not in wish:
        raise parameter_missing(f"{where}[price_data]")
    return inline_price(sandbox, wish["price_data"], f"{where}[price_data]")


def name_of(sandbox: Sandbox, price: Obj) -> str:
    """The name of what the price is for."""
    product = sandbox.store.products.find(price["product"])
    name: str = product["name"] if product else price["product"]
    return name


def plan_of(price: Obj) -> Obj:
    """The same price in the shape that came before it, which subscription items still show."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": recurring["trial_period_days"],
        "usage_type": "licensed",
    }


def announce(sandbox: Sandbox, price: Obj, origin: Origin) -> None:
    """The events of a new price; a recurring one is a plan to older integrations."""
    if price["recurring"]:
        sandbox.emit("plan.created", plan_of(price), origin)
    sandbox.emit("price.created", price, origin)
