"""Quotes: staff draft an order for a customer and send it; accepting makes it an order (D1)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.errors import InvalidInput
from payments.domain.errors import IllegalStep, InProgress, QuoteExpired, TooManyPending
from payments.domain.pricing import Adjustment
from payments.domain.states import OrderStatus, check_order_step
from payments.models import OrderQuote, RentalOrder, RentalOrderItem, Reservation
from payments.services import idempotency
from payments.services.checkout import first_payment
from payments.services.idempotency import Request
from payments.services.journal import SYSTEM, Actor, record
from payments.services.lifecycle import lock_order, transition
from payments.services.order_rows import items_of, units_of
from payments.services.orders import Cart, Placed
from payments.services.quotes import Quote, check_adjusted, quote_cart
from payments.services.settlement import settle


def make_draft(
    *,
    customer: User,
    cart: Cart,
    expires_at: datetime,
    staff: User,
    adjustments: Mapping[UUID, Adjustment] | None = None,
    request: Request | None = None,
) -> RentalOrder:
    """An order for `customer` that he may accept until `expires_at`; it holds no units.

    `adjustments` by product change prices by hand. The same request with the same key again
    returns the same draft. Raises InvalidInput, KeyReused, AmountTooLarge.
    """
    start = idempotency.start(staff, request or Request("", ""))
    if request and request.key and start.earlier_order_id:
        return RentalOrder.objects.get(pk=start.earlier_order_id)
    _check_ahead("expires_at", expires_at, start.now)
    _check_ahead("rental_start_date", cart.period.start, start.now)
    check_adjusted(adjustments or (), {line.product_id for line in cart.lines})
    quote = quote_cart(cart.lines, cart.period, start.now, adjustments=adjustments, by_shop=True)
    order = _draft_of(quote, customer, start.order_number, cart.notes)
    with transaction.atomic(durable=True):
        if not idempotency.is_first(staff, request, order.pk):
            raise InProgress  # a twin was faster: asked again, it answers what that made
        order.save(force_insert=True)
        OrderQuote.objects.create(order=order, expires_at=expires_at)
        items = RentalOrderItem.objects.bulk_create(items_of(order, quote))
        record(order, "order.drafted", Actor.of(staff), to_status=OrderStatus.DRAFT.value)
        Reservation.objects.bulk_create(_waiting(order, items))
    return order


def _check_ahead(field: str, at: datetime, now: datetime) -> None:
    if at <= now:
        text = "Must be in the future."
        raise InvalidInput(f"{field}: {text}", errors={field: [text]})


def _draft_of(quote: Quote, customer: User, number: str, notes: str) -> RentalOrder:
    totals = quote.totals
    return RentalOrder(
        order_number=number,
        customer=customer,
        status=OrderStatus.DRAFT.value,
        rental_start_date=quote.period.start,
        rental_end_date=quote.period.end,
        notes=notes,
        currency=quote.currency,
        rent_minor=totals.rent_minor,
        tax_minor=totals.tax_minor,
        deposit_minor=totals.deposit_minor,
        deposit_strategy=totals.deposit_strategy.value,
    )


def _waiting(order: RentalOrder, items: list[RentalOrderItem]) -> list[Reservation]:
    """The units that a draft would take: they count from when it is accepted."""
    rows = [row for item in items for row in units_of(item, order)]
    for row in rows:
        row.is_active = False
    return rows


def send_quote(
    *, order_id: UUID, actor: Actor, now: datetime, expires_at: datetime | None = None
) -> RentalOrder:
    """Send the customer a draft, with a link; again, if it was changed.

    Raises IllegalStep for what is no draft, QuoteExpired, and InvalidInput for a new `expires_at`
    that has passed.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        check_order_step(order.state, OrderStatus.PENDING)
        quote = OrderQuote.objects.get(pk=order_id)
        if expires_at is not None:
            _check_ahead("expires_at", expires_at, now)
            quote.expires_at = expires_at
        _check_open(quote, now)
        quote.sent_at = now
        quote.save()
        record(order, "quote.sent", actor, ref=f"quote:{now.isoformat()}")
    return order


def accept_quote(*, order_id: UUID, customer: User, now: datetime) -> Placed:
    """Make an order of a quote, at the price that was quoted: its units are held, and it waits for
    its payment. The checkout is the caller's to open. Accepted already, it is the same order.

    Raises IllegalStep, QuoteExpired, OutOfStock, TooManyPending.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state is OrderStatus.PENDING and OrderQuote.objects.filter(pk=order_id).exists():
            return Placed(order)
        check_order_step(order.state, OrderStatus.PENDING)
        _check_open(OrderQuote.objects.get(pk=order_id), now)
        _check_acceptable(order, now)
        order.hold_expires_at = now + settings.CHECKOUT_WINDOW + settings.HOLD_GRACE
        payment = first_payment(order, list(order.items.all()), now) if order.due_minor else None
        if payment is not None:
            payment.save(force_insert=True)
            payment.first_sent_at = payment.created_at  # never before it was written down
            payment.save(update_fields=["first_sent_at"])
        transition(order, OrderStatus.PENDING, actor=Actor.of(customer))
        if payment is None:
            settle(order, Actor.of(customer))  # its own explicit path (matrix row A09)
    return Placed(order, payment)


def _check_open(quote: OrderQuote, now: datetime) -> None:
    if quote.expires_at <= now:
        raise QuoteExpired


def _check_acceptable(order: RentalOrder, now: datetime) -> None:
    if order.rental_start_date <= now:
        raise IllegalStep("The rental would have begun already: please ask us for a new quote.")
    User.objects.select_for_update(no_key=True).get(pk=order.customer_id)  # one after another
    unpaid = RentalOrder.objects.filter(customer=order.customer_id, status=OrderStatus.PENDING)
    if unpaid.count() >= settings.MAX_PENDING_ORDERS:
        raise TooManyPending


def expire_quote(order_id: UUID) -> None:
    """A draft that was not accepted in time ends; does nothing if it goes on."""
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if OrderQuote.objects.lapsed().filter(pk=order_id).exists():
            transition(order, OrderStatus.CANCELLED, actor=SYSTEM, reason="The quote has expired.")
