"""What a cart costs for a period, from the shop's own data and nothing the client says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
from common.errors import InvalidInput
from common.prepared import columns, fetch, instance
from payments.domain.period import Period, check_bookable
from payments.domain.pricing import (
    Adjustment,
    LinePrice,
    PriceRule,
    QuantityDiscount,
    Tier,
    TierUnit,
    Totals,
    Wanted,
    price_lines,
    total,
)


@dataclass(frozen=True)
class CartLine:
    product_id: UUID
    quantity: int


@dataclass(frozen=True)
class QuoteLine:
    product: Product
    price: LinePrice
    occupied: Period


@dataclass(frozen=True)
class Quote:
    """A priced cart; `totals` are the sums of its lines, in `currency`."""

    period: Period
    currency: str
    lines: list[QuoteLine]
    totals: Totals


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def quote_cart(
    cart: Sequence[CartLine],
    period: Period,
    now: datetime,
    *,
    adjustments: Mapping[UUID, Adjustment] | None = None,
) -> Quote:
    """Price `cart`, equal products merged (C04).

    `adjustments`, by product, are what staff change by hand: never pass on what a customer says.

    Raises InvalidInput for an unknown or withdrawn product, a period that cannot be booked, or
    products of different currencies; AmountTooLarge above the gateway's limit.
    """
    check_bookable(period, now=now, horizon=settings.BOOKING_HORIZON)
    quantities: Counter[UUID] = Counter()
    for line in cart:
        quantities[line.product_id] += line.quantity
    found = _products_with_prices(cart, period)
    found.sort(key=lambda pair: list(quantities).index(pair[0].pk))  # as the customer wrote them
    products = [product for product, _ in found]
    for product in products:
        _check_duration(product, period)
    currency = _common_currency(products)
    wanted = [
        replace(
            wanted,
            quantity=quantities[product.pk],
            adjustment=(adjustments or {}).get(product.pk),
        )
        for product, wanted in found
    ]
    prices = price_lines(wanted)
    lines = [_quote_line(*pair, period) for pair in zip(products, prices, strict=True)]
    return Quote(period, currency, lines, total(prices))


def _common_currency(products: Sequence[Product]) -> str:
    currencies = {product.currency for product in products}
    if len(currencies) > 1:
        raise InvalidInput(
            "All products of an order must have the same currency.",
            errors={"cart_items": ["The products have different currencies."]},
        )
    return currencies.pop()


def _quote_line(product: Product, price: LinePrice, period: Period) -> QuoteLine:
    return QuoteLine(product, price, period.widened(product.prep_time, product.turnaround_time))


# A product without a price is not for rent. The order of tiers, rules and discounts does not depend
# on the database. Percentages are text, because a JSON number would be read as a float.
_PRODUCTS = f"""
SELECT {columns(Product, "product")},
    (SELECT json_agg(json_build_array(unit, length, amount_minor) ORDER BY unit, length)
        FROM catalog_pricetier WHERE product_id = product.id) AS tiers,
    (SELECT json_agg(json_build_array(
            name, percent::text, first_on, last_on, every_year, weekdays) ORDER BY rule.id)
        FROM catalog_pricerule AS rule WHERE rule.is_active AND (rule.product_id = product.id
            OR rule.category_id = product.category_id
            OR (rule.product_id IS NULL AND rule.category_id IS NULL))),
    (SELECT json_agg(json_build_array(min_quantity, percent::text) ORDER BY min_quantity)
        FROM catalog_quantitydiscount WHERE product_id = product.id)
FROM catalog_product AS product
WHERE product.id = ANY(%s) AND is_active
"""  # noqa: S608


def _products_with_prices(cart: Sequence[CartLine], period: Period) -> list[tuple[Product, Wanted]]:
    """The cart's products with one unit of each. Raises InvalidInput for those not for rent.

    In one prepared statement: this is on the way of every order.
    """
    rows = fetch(_PRODUCTS, [[line.product_id for line in cart]])
    priced = [(instance(Product, row), row[-3:]) for row in rows if row[-3]]
    _check_known(cart, {product.pk for product, _ in priced})
    return [(product, _one(product, period, *prices)) for product, prices in priced]


def _one(product: Product, period: Period, tiers: Any, rules: Any, discounts: Any) -> Wanted:
    """One unit of `product`, with the prices that the statement above gives as JSON."""
    return Wanted(
        tiers=tuple(Tier(TierUnit(unit), length, amount) for unit, length, amount in tiers),
        rules=tuple(_rule(*rule) for rule in rules or ()),
        discounts=tuple(
            QuantityDiscount(least, Decimal(percent)) for least, percent in discounts or ()
        ),
        quantity=1,
        tax_rate=product.tax_rate,
        deposit_unit_minor=product.deposit_minor,
        currency=product.currency,
        period=period,
        zone=_zone(settings.SHOP_TIME_ZONE),
        secured_by=product.secured_by,
    )


def _rule(
    name: str,
    percent: str,
    first: str | None,
    last: str | None,
    every_year: bool,
    weekdays: list[int],
) -> PriceRule:
    first_on, last_on = (date.fromisoformat(day) if day else None for day in (first, last))
    return PriceRule(name, Decimal(percent), first_on, last_on, every_year, frozenset(weekdays))


def _check_known(cart: Sequence[CartLine], known: set[UUID]) -> None:
    unknown = {
        place: {"product_id": ["No such product is for rent."]}
        for place, line in enumerate(cart)
        if line.product_id not in known
    }
    if unknown:
        raise InvalidInput(
            "Some products of the cart are not for rent.", errors={"cart_items": unknown}
        )


def _check_duration(product: Product, period: Period) -> None:
    for bound, is_wrong, word in (
        (product.min_duration, period.duration < product.min_duration, "at least"),
        (product.max_duration, period.duration > product.max_duration, "at most"),
    ):
        if is_wrong:
            text = f"{product.name} is rented for {word} {_words(bound.total_seconds())}."
            raise InvalidInput(text, errors={"rental_end_date": [text]})


def _words(seconds: float) -> str:
    hours = seconds / 3600
    if hours >= 48:
        return f"{hours / 24:g} days"
    return "1 hour" if hours == 1 else f"{hours:g} hours"
