"""Asking for money: the payment row first, then the gateway (road A)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from common.errors import RentwellError
from common.logging import get_logger
from payments.domain.errors import GatewayBroke, GatewayRefused, InProgress, OrderEnded
from payments.domain.retry import ask_again, backoff
from payments.domain.states import ENDED, PAYABLE, OrderStatus
from payments.gateways import adapter_for
from payments.gateways.base import Checkout, CheckoutLine, Gateway, OpenedCheckout
from payments.models import Payment, RentalOrder, RentalOrderItem
from payments.models.work import LEASE, NextAttempt
from payments.services.gateways import gateway_in_use
from payments.services.lifecycle import lock_order
from payments.services.outside import release_connection

log = get_logger(__name__)

# Gateways keep an idempotency key for a day; later the same key would open a second session (D6.1).
KEY_KEPT_FOR: Final = timedelta(hours=23)

# An order that nobody could pay keeps its units for so long at most, however often one asks.
RENEWABLE_FOR: Final = timedelta(days=1)


def first_payment(order: RentalOrder, items: Sequence[RentalOrderItem], now: datetime) -> Payment:
    """The payment row of a new order, yet to be saved: request frozen, first attempt begun.

    The lease makes the caller the one who opens the checkout; if he dies, a worker does (rule R1).
    """
    payable_until = now + settings.CHECKOUT_WINDOW
    payment = Payment(
        order=order,
        gateway=gateway_in_use(),
        currency=order.currency,
        amount_minor=order.due_minor,
        payable_until=payable_until,
        attempts=1,
        lease_token=uuid4(),
        lease_until=now + LEASE,
        next_attempt_at=now + LEASE,
        first_sent_at=now,
    )
    payment.request = checkout_request(payment, order, checkout_lines(items), payable_until)
    return payment


def checkout_request(
    payment: Payment,
    order: RentalOrder,
    lines: Sequence[CheckoutLine],
    payable_until: datetime,
    *,
    holds: bool = False,
    customer_id: str = "",
) -> dict[str, Any]:
    """What opens the checkout of `payment`, to be frozen on its row."""
    return adapter_for(payment.gateway).checkout_request(
        Checkout(
            payment_id=str(payment.pk),
            order_number=order.order_number,
            currency=order.currency,
            lines=lines,
            saves_card=order.secured_by.needs_card,
            holds=holds,
            customer_id=customer_id,
            expires_at=payable_until,
            success_url=f"{settings.SITE_URL}/payments/success/?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{settings.SITE_URL}/payments/cancel/?order_id={order.pk}",
        )
    )


def checkout_lines(items: Sequence[RentalOrderItem]) -> list[CheckoutLine]:
    """The order as the customer sees it at the gateway; sums to the order's amount exactly."""
    lines = [_rent_line(item) for item in items]
    if tax := sum(item.tax_minor for item in items):
        lines.append(CheckoutLine("Tax", tax))
    lines += [
        CheckoutLine(
            f"Refundable deposit: {item.product_name}",
            item.charged_deposit_minor // item.quantity,
            item.quantity,
        )
        for item in items
        if item.charged_deposit_minor
    ]
    return [line for line in lines if line.unit_minor]


def _rent_line(item: RentalOrderItem) -> CheckoutLine:
    """Units at their list price; or all of them as one, where something was added or taken off."""
    if not item.adjustment_minor:
        return CheckoutLine(item.product_name, item.unit_minor, item.quantity, item.explanation)
    name = str(item) if item.quantity > 1 else item.product_name
    return CheckoutLine(name, item.rent_minor, 1, item.explanation)


def open_checkout(order: RentalOrder, new: Payment | None = None) -> Payment | None:
    """The order's payment with an open checkout; None when there is nothing to pay.

    `new` is the payment of an order just placed, whose first attempt is the caller's.

    Raises InProgress while another request opens it, GatewayUnavailable when the gateway does not
    answer: the order is kept, a worker goes on, and asking again continues the same order, with
    fresh time to pay if the gateway was away for so long that none was left. Raises OrderEnded for
    an order that was cancelled or has expired.
    """
    if new is not None:
        return send_checkout(new)
    if order.state in ENDED:
        raise OrderEnded.of(order.order_number, order.pk)
    payment = order.payments.select_related("gateway").of_the_order()
    if payment is None or payment.session_id or payment.state not in PAYABLE:
        return payment
    if not payment.take_lease():
        raise InProgress(retry_after=2)
    return send_checkout(payment, may_renew=True)


def open_page(payment: Payment) -> Payment:
    """A page that the customer asked for after his order: opened, or the one that is open still.

    Raises InProgress while another request opens it, and GatewayUnavailable.
    """
    if payment.session_id:
        return payment
    if not payment.take_lease():
        raise InProgress(retry_after=2)
    Payment.objects.filter(pk=payment.pk, first_sent_at=None).update(first_sent_at=Now())
    return send_checkout(payment)


def send_checkout(payment: Payment, *, may_renew: bool = False) -> Payment:
    """Open the checkout of a payment whose lease we hold, and record what came of it.

    Raises InProgress if that took longer than the lease: another is at it now, with the same key.
    """
    try:
        opened = open_or_find(adapter_for(payment.gateway), payment, may_renew=may_renew)
    except RentwellError as error:
        note_failure(payment, error)
        raise
    if not payment.end_attempt(
        session_id=opened.session_id,
        checkout_url=opened.url,
        last_error="",
        attempts=0,
        **next_question(payment),
    ):
        raise InProgress(retry_after=2)
    return payment


def open_or_find(adapter: Gateway, payment: Payment, *, may_renew: bool = False) -> OpenedCheckout:
    """Open the session, or find the one of an earlier try whose answer never came (rule R2).

    Only a customer who comes back may renew the time to pay: a worker would hold the units of
    somebody who has gone. Raises GatewayRefused when it is too late and may not be renewed.
    """
    is_late = payment.attempts > 1 and payment.opens_too_late(adapter.shortest_window)
    release_connection()
    if (is_late or may_be_forgotten(payment)) and (found := _find_opened(adapter, payment)):
        return found
    if is_late:
        if not may_renew:
            raise GatewayRefused("It is too late to open this checkout.")
        _renew(payment)
        release_connection()
    try:
        return adapter.open_checkout(payment.request, payment.idempotency_key)
    except GatewayRefused:
        # It forgets a key after a day, and then it would not open a session this old again.
        if payment.attempts > 1 and (found := _find_opened(adapter, payment)):
            return found
        raise


def may_be_forgotten(payment: Payment) -> bool:
    """Whether an earlier try under another or a forgotten key may have arrived: look first (R2)."""
    return payment.generation > 1 or payment.age > KEY_KEPT_FOR


def _find_opened(adapter: Gateway, payment: Payment) -> OpenedCheckout | None:
    return adapter.find_checkout(str(payment.pk), payment.first_sent_at or payment.created_at)


def _renew(payment: Payment) -> None:
    """Fresh time to pay and to hold, under a new key; for a lease holder who has looked and knows
    that nothing was ever opened (rule R2). Raises OrderEnded, InProgress."""
    with transaction.atomic(durable=True):
        order = lock_order(payment.order_id)
        if order.state is not OrderStatus.PENDING or payment.age > RENEWABLE_FOR:
            raise OrderEnded.of(order.order_number, order.pk)
        ours = Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token)
        if not ours.update(payable_until=Now() + settings.CHECKOUT_WINDOW):
            raise InProgress(retry_after=2)
        payment.refresh_from_db(fields=["payable_until"])
        payable_until = cast(datetime, payment.payable_until)
        lines = checkout_lines(list(order.items.all()))
        payment.request = checkout_request(payment, order, lines, payable_until)
        payment.generation += 1
        payment.save(update_fields=["request", "generation", "updated_at"])
        order.hold_expires_at = payable_until + settings.HOLD_GRACE
        order.save(update_fields=["hold_expires_at", "updated_at"])


def next_question(payment: Payment) -> NextAttempt:
    """When to ask about a payment that is not final: by its age, and when what it holds ends."""
    holds_units_itself = payment.purpose == Payment.Purpose.EXTENSION
    hold_ends = payment.payable_until if holds_units_itself else payment.order.hold_expires_at
    if hold_ends is None or hold_ends <= timezone.now():
        return {"again_in": ask_again(payment.age), "at_latest": None}
    return {"again_in": ask_again(payment.age), "at_latest": hold_ends + timedelta(seconds=1)}


def note_failure(payment: Payment, error: RentwellError) -> None:
    """End an attempt that came to nothing, and say when to make the next one."""
    log.warning("gateway_call_failed", payment=str(payment.pk), code=error.code)
    new_key = isinstance(error, GatewayBroke)
    wait = backoff(payment.attempts)
    if isinstance(error, GatewayRefused):
        wait = max(wait, timedelta(minutes=5))  # it will say the same again, until someone acts
    payment.end_attempt(
        last_error=error.message[:200],
        again_in=wait,
        generation=payment.generation + new_key,
    )
