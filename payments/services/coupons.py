"""Coupons: whether a code can be used for a cart, and using it for an order (D3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.models import User
from catalog.models import Product
from common.errors import InvalidInput
from common.money import format_money
from payments.domain.errors import CouponNotUsable, CouponUsedBefore, CouponUsedUp, UnknownCoupon
from payments.domain.pricing import CouponTerms, LinePrice, StepKind, Wanted, before_coupon
from payments.models import Coupon, CouponRedemption, RentalOrder, RentalOrderItem


def find_coupon(code: str, now: datetime) -> Coupon:
    """The coupon of `code`, in whatever case it is written.

    Raises UnknownCoupon for a code that there is not, CouponNotUsable before or after its time.
    Whether it is used up, the database says when it is redeemed; see `check_unused`.
    """
    coupon = Coupon.objects.filter(code=code.strip().upper(), is_active=True).first()
    if coupon is None:
        raise UnknownCoupon
    if not coupon.is_valid_at(now):
        is_over = coupon.ends_at is not None and coupon.ends_at <= now
        raise CouponNotUsable(
            f"Coupon {coupon} {'has expired' if is_over else 'is not valid yet'}.",
            errors={"coupon_code": ["Not valid now."]},
        )
    return coupon


def check_unused(coupon: Coupon, customer: User | None) -> None:
    """For those who look before they order. Raises CouponUsedUp, CouponUsedBefore."""
    if coupon.is_used_up:
        raise CouponUsedUp
    used = coupon.redemptions.filter(customer=customer, is_active=True)
    if coupon.once_per_customer and customer is not None and used.exists():
        raise CouponUsedBefore


def agreed_coupon(
    order: RentalOrder, kept: Iterable[RentalOrderItem], changed: Iterable[UUID]
) -> Coupon | None:
    """The coupon that `order` uses, for pricing its `changed` products anew; None if for none of
    them.

    Not to be saved: what was agreed needs no smallest order, and of an amount there is what the
    lines that are `kept` have left of it.
    """
    coupon = Coupon.objects.filter(redemptions__order=order, redemptions__is_active=True).first()
    if coupon is None or not any(_chosen_by(coupon, Product.objects.filter(pk__in=changed))):
        return None
    coupon.min_order_minor = 0
    if coupon.amount_minor is not None:
        coupon.amount_minor -= sum(_taken_from(item) for item in kept)
    return coupon


def _taken_from(item: RentalOrderItem) -> int:
    steps = [part for part in item.price_breakdown if part.get("step") == StepKind.COUPON]
    return -sum(int(step["amount_minor"]) for step in steps)


def with_coupon(
    coupon: Coupon, lines: Sequence[Wanted], products: Sequence[Product]
) -> list[Wanted]:
    """The lines of a cart, each with whether `coupon` is for its product.

    Raises InvalidInput if it is for none of them, is for prices in another currency, or if the rent
    of all lines, before the coupon, is below the smallest order.
    """
    chosen = _chosen_by(coupon, products)
    if not any(chosen):
        raise _refusal(f"Coupon {coupon} is not for these products.")
    currency = lines[0].currency
    if coupon.currency not in ("", currency):
        raise _refusal(f"Coupon {coupon} is for prices in {coupon.currency}.")
    if sum(before_coupon(line).rent_minor for line in lines) < coupon.min_order_minor:
        least = format_money(coupon.min_order_minor, currency)
        raise _refusal(f"Coupon {coupon} is for orders from {least} of rent.")
    return [replace(line, takes_coupon=takes) for line, takes in zip(lines, chosen, strict=True)]


def _chosen_by(coupon: Coupon, products: Iterable[Product]) -> list[bool]:
    only = set(coupon.products.values_list("pk", flat=True))
    shelves = set(coupon.categories.values_list("pk", flat=True))
    return [
        not (only or shelves) or product.pk in only or product.category_id in shelves
        for product in products
    ]


def terms_of(coupon: Coupon) -> CouponTerms:
    """What the coupon takes off, as the rules of prices have it."""
    return CouponTerms(coupon.code, coupon.percent, coupon.amount_minor or 0)


def redeem(order: RentalOrder, coupon: Coupon, prices: Sequence[LinePrice]) -> None:
    """Use `coupon` for a new order, in the transaction that writes it; last, because its row is
    everybody's. Raises (as SQLSTATE) what `database_refusals` makes of it."""
    steps = [step for price in prices for step in price.steps if step.kind is StepKind.COUPON]
    CouponRedemption.objects.create(
        order=order,
        coupon=coupon,
        customer=order.customer,
        amount_minor=-sum(step.amount_minor for step in steps),
    )


def note_use(order: RentalOrder, items: Iterable[RentalOrderItem]) -> None:
    """Keep what the coupon takes off in step with the lines of an order that is changed."""
    taken = sum(_taken_from(item) for item in items)
    CouponRedemption.objects.filter(order=order).update(amount_minor=taken)


def _refusal(text: str) -> InvalidInput:
    return InvalidInput(text, errors={"coupon_code": [text]})
