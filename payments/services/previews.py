"""A quote with what is free: everything create_from_cart would say, and nothing is held."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from payments.services.availability import free_units
from payments.services.coupon_tries import try_coupon
from payments.services.coupons import check_unused
from payments.services.orders import Cart
from payments.services.quotes import Quote, QuoteLine, quote_cart


@dataclass(frozen=True)
class PreviewLine:
    """`available_quantity` units are free the whole time, buffers included."""

    quote: QuoteLine
    available_quantity: int


@dataclass(frozen=True)
class Preview:
    """For people to look at: by the time they order, somebody else may have (D2.8)."""

    quote: Quote
    lines: list[PreviewLine]
    is_available: bool


def preview_cart(cart: Cart, now: datetime, customer: User | None = None) -> Preview:
    """What `cart` would cost and whether it is free. Raises what `quote_cart` raises,
    CouponNotUsable and TooManyRequests."""
    coupon = try_coupon(cart.coupon_code, now, customer=customer, peer=cart.peer)
    if coupon:
        check_unused(coupon, customer)
    quote = quote_cart(cart.lines, cart.period, now, coupon=coupon)
    needs = [need for line in quote.lines for need in line.needs]
    free = dict(zip([need.product_id for need in needs], free_units(needs), strict=True))
    wanted: Counter[UUID] = Counter()
    for need in needs:
        wanted[need.product_id] += need.quantity
    return Preview(
        quote,
        [PreviewLine(line, _available(line, free)) for line in quote.lines],
        is_available=all(quantity <= free[product] for product, quantity in wanted.items()),
    )


def _available(line: QuoteLine, free: Mapping[UUID, int]) -> int:
    """How many of the line could be had if it were the whole cart: as many as of each part."""
    quantity = line.price.quantity
    return min(free[need.product_id] * quantity // need.quantity for need in line.needs)
