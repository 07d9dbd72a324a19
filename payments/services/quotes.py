"""What a cart costs for a period, from the shop's own data and nothing the client says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
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
    products = _products(cart)
    wanted: dict[UUID, int] = {}
    for line in cart:
        wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
    lines = [_quote_line(products[pk], quantity, period) for pk, quantity in wanted.items()]
    currencies = {line.product.currency for line in lines}
    if len(currencies) > 1:
        raise InvalidInput(
            "All products of an order must have the same currency.",
            errors={"cart_items": ["The products have different currencies."]},
        )
    return Quote(period, currencies.pop(), lines, total([line.price for line in lines]))


def _products(cart: Sequence[CartLine]) -> dict[UUID, Product]:
    ids = {line.product_id for line in cart}
    products = {row.pk: row for row in Product.objects.active().with_tiers().filter(pk__in=ids)}
    unknown = [
        {} if line.product_id in products else {"product_id": ["No such product."]} for line in cart
    ]
    if any(unknown):
        raise InvalidInput(
            "Some products of the cart do not exist.", errors={"cart_items": unknown}
        )
    return products


def _quote_line(product: Product, quantity: int, period: Period) -> QuoteLine:
    _check_duration(product, period)
    price = price_line(
        tiers=tiers_of(product),
        quantity=quantity,
        tax_rate=product.tax_rate,
        deposit_unit_minor=product.deposit_minor,
        currency=product.currency,
        period=period,
        zone=_zone(settings.SHOP_TIME_ZONE),
    )
    return QuoteLine(product, price, period.widened(product.prep_time, product.turnaround_time))


def tiers_of(product: Product) -> tuple[Tier, ...]:
    """A product's price tiers as the domain sees them."""
    return tuple(
        Tier(TierUnit(tier.unit), tier.length, tier.amount_minor)
        for tier in product.price_tiers.all()
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
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"
