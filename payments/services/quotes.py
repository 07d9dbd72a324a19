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
from payments.domain.opening import Opening
from payments.domain.period import Period, check_bookable, check_length
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
from payments.services.booking_rules import check_rules_of_shop
from payments.services.opening import OPENING, opening_of


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
    by_shop: bool = False,
) -> Quote:
    """Price `cart`, equal products merged (C04).

    `adjustments`, by product, are what staff change by hand: never pass on what a customer says.

    `by_shop`: staff who act for the shop may go past its booking rules (D2.10), up to the longest
    rental that there can be.

    Raises InvalidInput for an unknown or withdrawn product, a period that cannot be booked, or
    products of different currencies; AmountTooLarge above the gateway's limit.
    """
    if by_shop:
        check_length(period)
    else:
        check_bookable(period, now=now, horizon=settings.BOOKING_HORIZON)
    quantities: Counter[UUID] = Counter()
    for line in cart:
        quantities[line.product_id] += line.quantity
    found, opening = _products_and_opening(cart, period)
    found.sort(key=lambda pair: list(quantities).index(pair[0].pk))  # as the customer wrote them
    products = [product for product, _ in found]
    if not by_shop:
        check_rules_of_shop(products, opening, period, now)
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
        FROM catalog_quantitydiscount WHERE product_id = product.id),
    {OPENING}
FROM catalog_product AS product
WHERE product.id = ANY(%s) AND is_active
"""  # noqa: S608


def _products_and_opening(
    cart: Sequence[CartLine], period: Period
) -> tuple[list[tuple[Product, Wanted]], Opening]:
    """The cart's products with one unit of each, and when the shop is open.

    In one prepared statement: this is on the way of every order. Raises InvalidInput for products
    that are not for rent.
    """
    rows = fetch(_PRODUCTS, [[line.product_id for line in cart]])
    priced = [(instance(Product, row), row[-4:-1]) for row in rows if row[-4]]
    _check_known(cart, {product.pk for product, _ in priced})
    found = [(product, _one(product, period, *prices)) for product, prices in priced]
    return found, opening_of(rows[0][-1])


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
