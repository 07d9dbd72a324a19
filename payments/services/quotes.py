"""What a cart costs for a period, from the shop's own data and nothing the client says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
from common.errors import InvalidInput
from common.prepared import columns, fetch, instance
from payments.domain.period import Period, check_bookable
from payments.domain.pricing import LinePrice, Tier, TierUnit, Totals, price_line, total


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


def quote_cart(cart: Sequence[CartLine], period: Period, now: datetime) -> Quote:
    """Price `cart`, equal products merged (C04).

    Raises InvalidInput for an unknown or withdrawn product, a period that cannot be booked, or
    products of different currencies; AmountTooLarge above the gateway's limit.
    """
    check_bookable(period, now=now, horizon=settings.BOOKING_HORIZON)
    wanted: Counter[UUID] = Counter()
    for line in cart:
        wanted[line.product_id] += line.quantity
    lines = [
        _quote_line(product, tiers, wanted[product.pk], period)
        for product, tiers in _products_with_tiers(cart)
    ]
    lines.sort(key=lambda line: list(wanted).index(line.product.pk))  # as the customer wrote them
    currencies = {line.product.currency for line in lines}
    if len(currencies) > 1:
        raise InvalidInput(
            "All products of an order must have the same currency.",
            errors={"cart_items": ["The products have different currencies."]},
        )
    return Quote(period, currencies.pop(), lines, total([line.price for line in lines]))


# A product without a price is not for rent. The tiers' order does not depend on the database.
_PRODUCTS = f"""
SELECT {columns(Product, "product")},
    json_agg(json_build_array(unit, length, amount_minor) ORDER BY unit, length)
FROM catalog_product AS product JOIN catalog_pricetier ON product_id = product.id
WHERE product.id = ANY(%s) AND is_active
GROUP BY product.id
"""  # noqa: S608


def _products_with_tiers(cart: Sequence[CartLine]) -> list[tuple[Product, tuple[Tier, ...]]]:
    """The cart's products with their prices. Raises InvalidInput for those that are not for rent.

    In one prepared statement: this is on the way of every order.
    """
    rows = fetch(_PRODUCTS, [[line.product_id for line in cart]])
    found = [(instance(Product, row), _tiers(row[-1])) for row in rows]
    _check_known(cart, {product.pk for product, _ in found})
    return found


def _tiers(rows: list[tuple[str, int, int]]) -> tuple[Tier, ...]:
    return tuple(Tier(TierUnit(unit), length, amount) for unit, length, amount in rows)


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


def _quote_line(
    product: Product, tiers: tuple[Tier, ...], quantity: int, period: Period
) -> QuoteLine:
    _check_duration(product, period)
    price = price_line(
        tiers=tiers,
        quantity=quantity,
        tax_rate=product.tax_rate,
        deposit_unit_minor=product.deposit_minor,
        currency=product.currency,
        period=period,
        zone=_zone(settings.SHOP_TIME_ZONE),
        secured_by=product.secured_by,
    )
    return QuoteLine(product, price, period.widened(product.prep_time, product.turnaround_time))


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
