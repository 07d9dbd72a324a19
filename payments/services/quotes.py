"""What a cart costs for a period, from the shop's own data and nothing the client says."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
from common.errors import InvalidInput
from payments.domain.period import Period, check_bookable, check_length
from payments.domain.pricing import Adjustment, LinePrice, Totals, Wanted, price_lines, total
from payments.models import Coupon
from payments.services.booking_rules import check_rules_of_shop
from payments.services.coupons import terms_of, with_coupon
from payments.services.needs import Need, Part, needs_of
from payments.services.offers import Offer, find_offers


@dataclass(frozen=True)
class CartLine:
    product_id: UUID
    quantity: int


@dataclass(frozen=True)
class QuoteLine:
    """`parts` are a kit's; of anything else there are none."""

    product: Product
    price: LinePrice
    period: Period
    parts: tuple[Part, ...] = ()

    @property
    def needs(self) -> list[Need]:
        """Which units it takes (D2.2)."""
        return needs_of(self.product, self.parts, self.price.quantity, self.period)


@dataclass(frozen=True)
class Quote:
    """A priced cart; `totals` are the sums of its lines, in `currency`. `coupon`: what it uses."""

    period: Period
    currency: str
    lines: list[QuoteLine]
    totals: Totals
    coupon: Coupon | None = None


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def quote_cart(
    cart: Sequence[CartLine],
    period: Period,
    now: datetime,
    *,
    coupon: Coupon | None = None,
    adjustments: Mapping[UUID, Adjustment] | None = None,
    by_shop: bool = False,
    starts_anew: bool = True,
) -> Quote:
    """Price `cart`, equal products merged (C04), with `coupon` (see `services.coupons`) if given.
    A start that was agreed before, and is not taken `anew`, may have passed.

    `adjustments`, by product, are what staff change by hand: never pass on what a customer says.

    `by_shop`: staff who act for the shop may go past its booking rules (D2.10), up to the longest
    rental that there can be.

    Raises InvalidInput for an unknown or withdrawn product, a period that cannot be booked,
    products of different currencies, or a coupon that is not for them; AmountTooLarge above the
    gateway's limit.
    """
    if by_shop:
        check_length(period)
    else:
        check_bookable(period, now=now, horizon=settings.BOOKING_HORIZON, starts_anew=starts_anew)
    quantities: Counter[UUID] = Counter()
    for line in cart:
        quantities[line.product_id] += line.quantity
    found = find_offers(quantities)
    _check_known(cart, found.keys())
    offers = [found[product_id] for product_id in quantities]  # as the customer wrote them
    if not by_shop:
        products = [offer.product for offer in offers]
        check_rules_of_shop(products, offers[0].opening, period, now, starts_anew=starts_anew)
    currency = _common_currency(offers)
    by_hand = adjustments or {}
    wanted = [
        _wanted(offer, period, quantities[offer.product.pk], by_hand.get(offer.product.pk))
        for offer in offers
    ]
    prices = _prices(wanted, offers, coupon)
    lines = [
        QuoteLine(offer.product, price, period, offer.parts)
        for offer, price in zip(offers, prices, strict=True)
    ]
    return Quote(period, currency, lines, total(prices), coupon)


def _prices(
    wanted: Sequence[Wanted], offers: Sequence[Offer], coupon: Coupon | None
) -> list[LinePrice]:
    if coupon is None:
        return price_lines(wanted)
    products = [offer.product for offer in offers]
    return price_lines(with_coupon(coupon, wanted, products), terms_of(coupon))


def _check_known(cart: Sequence[CartLine], known: Container[UUID]) -> None:
    unknown = {
        place: {"product_id": ["No such product is for rent."]}
        for place, line in enumerate(cart)
        if line.product_id not in known
    }
    if unknown:
        raise InvalidInput(
            "Some products of the cart are not for rent.", errors={"cart_items": unknown}
        )


def check_adjusted(adjustments: Iterable[UUID], products: Container[UUID]) -> None:
    """Raises InvalidInput where a price by hand is of a product that is not rented."""
    if any(product not in products for product in adjustments):
        text = "Only prices of what is rented can be changed."
        raise InvalidInput(f"adjustments: {text}", errors={"adjustments": [text]})


def _common_currency(offers: Sequence[Offer]) -> str:
    currencies = {offer.product.currency for offer in offers}
    if len(currencies) > 1:
        raise InvalidInput(
            "All products of an order must have the same currency.",
            errors={"cart_items": ["The products have different currencies."]},
        )
    return currencies.pop()


def _wanted(offer: Offer, period: Period, quantity: int, adjustment: Adjustment | None) -> Wanted:
    product = offer.product
    return Wanted(
        tiers=offer.tiers,
        rules=offer.rules,
        discounts=offer.discounts,
        quantity=quantity,
        tax_rate=product.tax_rate,
        deposit_unit_minor=product.deposit_minor,
        currency=product.currency,
        period=period,
        zone=_zone(settings.SHOP_TIME_ZONE),
        secured_by=product.secured_by,
        adjustment=adjustment,
    )
