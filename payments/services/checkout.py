"""Asking for money: the payment row first, then the gateway (road A)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models.functions import Now

from common.errors import RentwellError, Unavailable
from common.logging import get_logger
from payments.domain.errors import GatewayBroke, GatewayRefused, InProgress
from payments.domain.retry import ask_again, backoff
from payments.domain.states import PAYABLE, OrderStatus
from payments.gateways import adapter_for
from payments.gateways.base import Checkout, CheckoutLine, Gateway, OpenedCheckout
from payments.models import Payment, PaymentGateway, RentalOrder, RentalOrderItem
from payments.models.work import LEASE
from payments.services.outside import release_connection

log = get_logger(__name__)


def active_gateway(gateway_type: str = "STRIPE") -> PaymentGateway:
    """The shop's gateway of this type. Raises Unavailable when there is none."""
    gateway = PaymentGateway.objects.active().filter(gateway_type=gateway_type).first()
    if gateway is None:
        raise Unavailable("The shop has no active payment gateway. Please contact the shop.")
    return gateway


def first_payment(
    order: RentalOrder, items: Sequence[RentalOrderItem], now: datetime, payable_until: datetime
) -> Payment:
    """The payment row of a new order, yet to be saved: request frozen, first attempt begun.

    The lease makes the caller the one who opens the checkout; if he dies, a worker does (rule R1).
    """
    gateway = active_gateway()
    payment = Payment(
        order=order,
        gateway=gateway,
        currency=order.currency,
        amount_minor=order.due_minor,
        payable_until=payable_until,
        attempts=1,
        lease_token=uuid4(),
        lease_until=now + LEASE,
        next_attempt_at=now + LEASE,
        first_sent_at=now,
    )
    payment.request = adapter_for(gateway).checkout_request(
        Checkout(
            payment_id=str(payment.pk),
            order_number=order.order_number,
            currency=order.currency,
            lines=checkout_lines(items),
            expires_at=payable_until,
            success_url=f"{settings.SITE_URL}/payments/success/?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{settings.SITE_URL}/payments/cancel/?order_id={order.pk}",
        )
    )
    return payment


def checkout_lines(items: Sequence[RentalOrderItem]) -> list[CheckoutLine]:
    """The order as the customer sees it at the gateway; sums to the order's amount exactly."""
    lines = [CheckoutLine(item.product_name, item.unit_minor, item.quantity) for item in items]
    if tax := sum(item.tax_minor for item in items):
        lines.append(CheckoutLine("Tax", tax))
    lines += [
        CheckoutLine(
            f"Refundable deposit: {item.product_name}",
            item.deposit_minor // item.quantity,
            item.quantity,
        )
        for item in items
        if item.deposit_minor
    ]
    return [line for line in lines if line.unit_minor]


def open_checkout(order: RentalOrder, new: Payment | None = None) -> Payment | None:
    """The order's payment with an open checkout; None when there is nothing to pay.

    `new` is the payment of an order just placed, whose first attempt is the caller's.

    Raises InProgress while another request opens it, GatewayUnavailable when the gateway does not
    answer: the order is kept, a worker goes on, and asking again continues the same order.
    """
    if new is not None:
        return send_checkout(new)
    payment = order.payments.select_related("gateway").first()
    if payment is None or payment.session_id or payment.state not in PAYABLE:
        return payment
    if order.state is not OrderStatus.PENDING:
        return payment  # cancelled meanwhile: nobody is to pay this any more
    if not payment.take_lease():
        raise InProgress(retry_after=2)
    return send_checkout(payment)


def send_checkout(payment: Payment) -> Payment:
    """Open the checkout of a payment whose lease we hold, and record what came of it."""
    release_connection()
    try:
        opened = open_or_find(adapter_for(payment.gateway), payment)
    except RentwellError as error:
        note_failure(payment, error)
        raise
    payment.end_attempt(
        session_id=opened.session_id,
        checkout_url=opened.url,
        last_error="",
        next_attempt_at=Now() + ask_again(payment.age),
    )
    return payment


def open_or_find(adapter: Gateway, payment: Payment) -> OpenedCheckout:
    """Open the session, or find the one of an earlier try whose answer never came (rule R2)."""
    if payment.generation > 1 and (found := _find_opened(adapter, payment)):
        return found
    try:
        return adapter.open_checkout(payment.request, payment.idempotency_key)
    except GatewayRefused:
        # It forgets a key after a day, and then it would not open a session this old again.
        if payment.attempts > 1 and (found := _find_opened(adapter, payment)):
            return found
        raise


def _find_opened(adapter: Gateway, payment: Payment) -> OpenedCheckout | None:
    return adapter.find_checkout(str(payment.pk), payment.first_sent_at or payment.created_at)


def note_failure(payment: Payment, error: RentwellError) -> None:
    """End an attempt that came to nothing, and say when to make the next one."""
    log.warning("gateway_call_failed", payment=str(payment.pk), code=error.code)
    new_key = isinstance(error, GatewayBroke)
    wait = backoff(payment.attempts)
    if isinstance(error, GatewayRefused):
        wait = max(wait, timedelta(minutes=5))  # it will say the same again, until someone acts
    payment.end_attempt(
        last_error=error.message[:200],
        next_attempt_at=Now() + wait,
        generation=payment.generation + new_key,
    )
