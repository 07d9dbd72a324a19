"""From a cart to an order, and from an order to a cancelled one (roads A and C)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.rows import insert_together
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
from payments.services.checkout import first_payment
from payments.services.idempotency import Request
from payments.services.journal import Actor, entry
from payments.services.lifecycle import lock_order, transition, units_gate
from payments.services.pursuit import ask_to_close_checkouts
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
        claim = idempotency.claim(customer, request, order_id, count_unpaid=True)
        if not claim.is_new:
            earlier = RentalOrder.objects.get(pk=claim.order_id)
            if request.key or earlier.state is OrderStatus.PENDING:
                return Placed(earlier)
            idempotency.reassign(customer, request, order_id)
            claim = replace(claim, order_id=order_id)
        if claim.unpaid_orders >= settings.MAX_PENDING_ORDERS:
            raise TooManyPending
        quote = quote_cart(cart.lines, cart.period, claim.now)
        return _write_order(claim, customer, quote, cart.notes)


def _write_order(claim: idempotency.Claim, customer: User, quote: Quote, notes: str) -> Placed:
    payable_until = claim.now + settings.CHECKOUT_WINDOW
    order = RentalOrder(
        id=claim.order_id,
        order_number=claim.order_number,
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
    payment = first_payment(order, items, claim.now, payable_until) if order.due_minor else None
    placed = entry(order, "order.placed", Actor.of(customer), to_status=order.status)
    rows = [order, *items, *([payment] if payment else []), placed]
    with units_gate():
        # Reservations last: the locks that they take are everybody's, and held until the commit.
        insert_together([*rows, *_reservations(order, items, quote)])
    if payment is None:
        settle(order, Actor.of(customer))  # nothing to pay: its own explicit path (row A09)
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


def _is_first(user: User | None, request: Request | None, order_id: UUID) -> bool:
    """Claim a request that concerns an existing order; without a key every one is the first."""
    if user is None or request is None or not request.key:
        return True
    claimed = idempotency.claim(user, request, uuid.uuid4()).is_new
    if claimed:
        idempotency.reassign(user, request, order_id)
    return claimed


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
        is_repeated = not _is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        order.kept_minor = kept_if_cancelled(order, actor, now)
        transition(order, OrderStatus.CANCELLED, actor=actor, reason=reason)
        PaymentSchedule.objects.filter(order=order, status="PENDING").update(status="CANCELLED")
        settle(order, actor)
        ask_to_close_checkouts(order)
    return order


def kept_if_cancelled(order: RentalOrder, actor: Actor, now: datetime) -> int:
    """What the shop keeps of rent and tax if `actor` cancels now, in minor units.

    Nothing, unless a customer cancels a confirmed order: then what its policy says (D5).
    """
    if order.state is not OrderStatus.CONFIRMED or actor.is_shop:
        return 0
    stored = order.cancellation_policy
    return amount_kept(
        policy=Policy.from_json(stored) if stored else DEFAULT_POLICY,
        total_minor=order.total_minor,
        currency=order.currency,
        starts_at=order.rental_start_date,
        now=now,
    )
