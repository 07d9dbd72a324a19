"""From a cart to an order, and from an order to a cancelled one (roads A and C)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from accounts.models import User
from common.prepared import fetch
from common.records import as_records, mark_written
from payments.domain.cancellation import Cancellation, Ending
from payments.domain.errors import IllegalStep
from payments.domain.period import Period
from payments.domain.states import OrderStatus, check_order_step
from payments.models import (
    Payment,
    PaymentSchedule,
    RentalOrder,
)
from payments.services import idempotency
from payments.services.cancellation import ending_by, terms_of
from payments.services.checkout import first_payment
from payments.services.coupon_tries import try_coupon
from payments.services.coupons import redeem
from payments.services.idempotency import Request
from payments.services.journal import Actor, entry
from payments.services.lifecycle import database_refusals, lock_order, transition
from payments.services.order_rows import items_of, units_of
from payments.services.pursuit import ask_to_close_checkouts
from payments.services.quotes import CartLine, Quote, quote_cart
from payments.services.settlement import settle


@dataclass(frozen=True)
class Cart:
    """What a customer wants, as the API or a page hands it over.

    `peer` is who asks, as the connection tells: coupon codes that he guesses count against it.
    """

    lines: Sequence[CartLine]
    period: Period
    notes: str = ""
    coupon_code: str = ""
    peer: str = ""


@dataclass(frozen=True)
class Placed:
    """An order, and its payment if that is new: then its checkout is the caller's to open."""

    order: RentalOrder
    new_payment: Payment | None = None


def place_order(*, customer: User, cart: Cart, request: Request) -> Placed:
    """Price the cart, hold its units and write the order with its payment, in one transaction.

    The same request again returns the same order. The checkout itself is opened afterwards, by
    `services.checkout.open_checkout`. Raises OutOfStock, InvalidInput, KeyReused, TooManyPending,
    AmountTooLarge, CouponNotUsable, TooManyRequests.
    """
    start = idempotency.start(customer, request)
    if start.earlier_order_id:
        return Placed(RentalOrder.objects.get(pk=start.earlier_order_id))
    coupon = try_coupon(cart.coupon_code, start.now, customer=customer, peer=cart.peer)
    quote = quote_cart(cart.lines, cart.period, start.now, coupon=coupon)
    order = _new_order(start, customer, quote, cart.notes)
    with transaction.atomic(durable=True):
        placed = _write_order(order, quote, request, start.now)
        if placed.order is order and not order.due_minor:
            settle(order, Actor.of(customer))  # its own explicit path (matrix row A09)
    return placed


def _new_order(start: idempotency.Start, customer: User, quote: Quote, notes: str) -> RentalOrder:
    return RentalOrder(
        order_number=start.order_number,
        customer=customer,
        rental_start_date=quote.period.start,
        rental_end_date=quote.period.end,
        notes=notes,
        currency=quote.currency,
        rent_minor=quote.totals.rent_minor,
        tax_minor=quote.totals.tax_minor,
        deposit_minor=quote.totals.deposit_minor,
        deposit_strategy=quote.totals.deposit_strategy.value,
        hold_expires_at=start.now + settings.CHECKOUT_WINDOW + settings.HOLD_GRACE,
    )


_PLACE = """
SELECT is_new, order_id, fingerprint
FROM payments_place_order(%s, %s, %s, %s, %s, %s, %s)
"""


def _write_order(order: RentalOrder, quote: Quote, request: Request, now: datetime) -> Placed:
    """All rows of an order in one statement (docs/adr/0007)."""
    items = items_of(order, quote)
    payment = first_payment(order, items, now) if order.due_minor else None
    placed = entry(order, "order.placed", Actor.of(order.customer), to_status=order.status)
    rows: list[Sequence[Model]] = [
        [order],
        items,
        [payment] if payment else [],
        [placed],
        [row for item in items for row in units_of(item, order)],
    ]
    claim = request.claim(order.customer, order.pk)
    records = [as_records(some, now) for some in rows]
    with database_refusals():
        [(is_new, order_id, fingerprint)] = fetch(
            _PLACE, [claim, settings.MAX_PENDING_ORDERS, *records]
        )
    if not is_new:  # a twin was faster
        request.check(fingerprint)
        return Placed(RentalOrder.objects.get(pk=order_id))
    mark_written([order, *items, *([payment] if payment else [])])
    if quote.coupon:
        with database_refusals():
            redeem(order, quote.coupon, [line.price for line in quote.lines])
    return Placed(order, payment)


def cancel_order(
    *,
    order_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    request: Request | None = None,
) -> RentalOrder:
    """Cancel an order before pickup: free its units, close its checkout, give back what is owed.

    A customer gets back what the policy says, everything if the shop cancels (D5); the deposit
    always comes back whole. The same request with the same key again changes nothing. Raises
    IllegalStep when the order's status does not allow it, and KeyReused.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        terms = terms_of(order, ending_by(order, actor), now)
        _end_unused(order, OrderStatus.CANCELLED, terms, actor, reason)
    return order


def note_no_show(
    *, order_id: UUID, actor: Actor, now: datetime, request: Request | None = None
) -> RentalOrder:
    """Nobody came for a confirmed order: its units are free, and the policy's last word holds.

    The deposit comes back whole. The same request with the same key again changes nothing. Raises
    KeyReused, and IllegalStep when the status does not allow it or the rental has not begun.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        check_order_step(order.state, OrderStatus.NO_SHOW)
        if now < order.rental_start_date:
            raise IllegalStep("The rental has not begun: the customer may still come.")
        terms = terms_of(order, Ending.NO_SHOW, now)
        _end_unused(order, OrderStatus.NO_SHOW, terms, actor)
    return order


def _end_unused(
    order: RentalOrder, to: OrderStatus, terms: Cancellation, actor: Actor, reason: str = ""
) -> None:
    order.kept_minor = terms.kept
    transition(order, to, actor=actor, reason=reason)
    PaymentSchedule.objects.filter(order=order, status="PENDING").update(status="CANCELLED")
    settle(order, actor)
    ask_to_close_checkouts(order)
