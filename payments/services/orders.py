"""From a cart to an order, and from an order to a cancelled one (roads A and C)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from payments.domain.cancellation import DEFAULT_POLICY, Policy, amount_kept
from payments.domain.errors import TooManyPending
from payments.domain.period import Period
from payments.domain.states import OrderStatus
from payments.models import (
    Payment,
    PaymentSchedule,
    RentalOrder,
    RentalOrderItem,
    Reservation,
)
from payments.services import idempotency
from payments.services.checkout import ask_to_close_checkouts, new_payment
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order, transition, units_gate
from payments.services.quotes import CartLine, Quote, quote_cart
from payments.services.settlement import settle


@dataclass(frozen=True)
class Cart:
    """What a customer wants, as the API or a page hands it over."""

    lines: Sequence[CartLine]
    period: Period
    notes: str = ""


@dataclass(frozen=True)
class Placed:
    """An order, and its payment if that is new: then its checkout is the caller's to open."""

    order: RentalOrder
    new_payment: Payment | None = None


def place_order(*, customer: User, cart: Cart, request: Request) -> Placed:
    """Price the cart, hold its units and write the order with its payment, in one transaction.

    The same request again returns the same order. The checkout itself is opened afterwards, by
    `services.checkout.open_checkout`. Raises OutOfStock, InvalidInput, KeyReused, TooManyPending,
    AmountTooLarge.
    """
    with transaction.atomic(durable=True):
        order_id = uuid.uuid4()
        claim = idempotency.claim(customer, request, order_id)
        if not claim.is_new:
            earlier = RentalOrder.objects.get(pk=claim.order_id)
            if request.key or earlier.state is OrderStatus.PENDING:
                return Placed(earlier)
            idempotency.reassign(customer, request, order_id)
        _check_pending(customer)
        quote = quote_cart(cart.lines, cart.period, claim.now)
        return _write_order(order_id, customer, quote, cart.notes, claim.now)


def _check_pending(customer: User) -> None:
    pending = RentalOrder.objects.filter(customer=customer, status=OrderStatus.PENDING)
    if pending.count() >= settings.MAX_PENDING_ORDERS:
        raise TooManyPending


def _write_order(order_id: UUID, customer: User, quote: Quote, notes: str, now: datetime) -> Placed:
    payable_until = now + settings.CHECKOUT_WINDOW
    order = RentalOrder.objects.create(
        id=order_id,
        customer=customer,
        rental_start_date=quote.period.start,
        rental_end_date=quote.period.end,
        notes=notes,
        currency=quote.currency,
        rent_minor=quote.totals.rent_minor,
        tax_minor=quote.totals.tax_minor,
        deposit_minor=quote.totals.deposit_minor,
        hold_expires_at=payable_until + settings.HOLD_GRACE,
    )
    items = _items(order, quote)
    RentalOrderItem.objects.bulk_create(items)
    with units_gate():
        Reservation.objects.bulk_create(_reservations(order, items, quote))
    payment = new_payment(order, items, payable_until) if order.due_minor else None
    actor = Actor.of(customer)
    record(order, "order.placed", actor, to_status=order.status)
    if payment is None:
        settle(order, actor)  # nothing to pay: its own explicit path (matrix row A09)
    return Placed(order, payment)


def _items(order: RentalOrder, quote: Quote) -> list[RentalOrderItem]:
    return [
        RentalOrderItem(
            order=order,
            product=line.product,
            product_name=line.product.name,
            quantity=line.price.quantity,
            unit_minor=line.price.unit_minor,
            rent_minor=line.price.rent_minor,
            tax_rate=line.price.tax_rate,
            tax_minor=line.price.tax_minor,
            deposit_minor=line.price.deposit_minor,
            price_breakdown=line.price.cover.breakdown(),
            position=position,
        )
        for position, line in enumerate(quote.lines)
    ]


def _reservations(
    order: RentalOrder, items: list[RentalOrderItem], quote: Quote
) -> list[Reservation]:
    return [
        Reservation(
            order=order,
            item=item,
            product=line.product,
            quantity=line.price.quantity,
            starts_at=line.occupied.start,
            ends_at=line.occupied.end,
        )
        for item, line in zip(items, quote.lines, strict=True)
    ]


def cancel_order(*, order_id: UUID, actor: Actor, now: datetime, reason: str = "") -> RentalOrder:
    """Cancel an order before pickup: free its units, close its checkout, give back what is owed.

    A customer gets back what the policy says, everything if the shop cancels (D5); the deposit
    always comes back whole. Raises IllegalStep when the order's status does not allow it.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state is OrderStatus.CONFIRMED and not actor.is_shop:
            order.kept_minor = amount_kept(
                policy=Policy.from_json(order.cancellation_policy) or DEFAULT_POLICY,
                total_minor=order.total_minor,
                currency=order.currency,
                starts_at=order.rental_start_date,
                now=now,
            )
        transition(order, OrderStatus.CANCELLED, actor=actor, reason=reason)
        PaymentSchedule.objects.filter(order=order, status="PENDING").update(status="CANCELLED")
        settle(order, actor)
        ask_to_close_checkouts(order)
    return order
