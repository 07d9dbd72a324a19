"""What a cart costs for a period, from the shop's own data and nothing the client says."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import PriceTier, Product
from common.errors import InvalidInput
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
        for product, tiers in _tiers_by_product(cart).items()
    ]
    lines.sort(key=lambda line: list(wanted).index(line.product.pk))  # as the customer wrote them
    currencies = {line.product.currency for line in lines}
    if len(currencies) > 1:
        raise InvalidInput(
            "All products of an order must have the same currency.",
            errors={"cart_items": ["The products have different currencies."]},
        )
    return Quote(period, currencies.pop(), lines, total([line.price for line in lines]))


def _tiers_by_product(cart: Sequence[CartLine]) -> dict[Product, list[PriceTier]]:
    """The cart's products with their prices, in one query: this is on the way of every order."""
    found: dict[Product, list[PriceTier]] = {}
    ids = {line.product_id for line in cart}
    tiers = PriceTier.objects.filter(product__in=ids, product__is_active=True)
    for tier in tiers.select_related("product"):
        found.setdefault(tier.product, []).append(tier)
    _check_known(cart, {product.pk for product in found})
    return found


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
    product: Product, tiers: Iterable[PriceTier], quantity: int, period: Period
) -> QuoteLine:
    _check_duration(product, period)
    price = price_line(
        tiers=as_tiers(tiers),
        quantity=quantity,
        tax_rate=product.tax_rate,
        deposit_unit_minor=product.deposit_minor,
        currency=product.currency,
        period=period,
        zone=_zone(settings.SHOP_TIME_ZONE),
    )
    return QuoteLine(product, price, period.widened(product.prep_time, product.turnaround_time))


def as_tiers(rows: Iterable[PriceTier]) -> tuple[Tier, ...]:
    """Price tiers as the domain sees them, in an order that does not depend on the database."""
    ordered = sorted(rows, key=lambda row: (row.unit, row.length))
    return tuple(Tier(TierUnit(row.unit), row.length, row.amount_minor) for row in ordered)


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
