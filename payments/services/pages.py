"""Pages of the gateway that a customer asks for after his order: for a balance, a change of the
order, or having his deposit held. `checkout.open_page` opens them."""

from datetime import datetime

from django.conf import settings

from payments.gateways.base import CheckoutLine
from payments.models import Payment, RentalOrder
from payments.services.checkout import checkout_lines, checkout_request
from payments.services.holds import LEFT_LYING, gateway_of


def new_page(
    order: RentalOrder,
    amount_minor: int,
    purpose: Payment.Purpose,
    text: str,
    now: datetime,
    *,
    kind: Payment.Kind = Payment.Kind.CHARGE,
    customer_id: str = "",
) -> Payment:
    """The payment of a page on a locked order, its request frozen; `text` is what the page says
    that it is for. A deposit is held there, and nothing is charged."""
    payment = _page(order, amount_minor, purpose, now, kind)
    payment.request = checkout_request(
        payment,
        order,
        [CheckoutLine(text, amount_minor)],
        now + settings.CHECKOUT_WINDOW,
        holds=kind is Payment.Kind.DEPOSIT,
        customer_id=customer_id,
    )
    payment.save(force_insert=True)
    return payment


def page_anew(order: RentalOrder, now: datetime) -> Payment:
    """The payment of a locked order that is not what its first page showed any more."""
    payment = _page(order, order.due_minor, Payment.Purpose.INITIAL, now, Payment.Kind.CHARGE)
    lines = checkout_lines(list(order.items.all()))
    payment.request = checkout_request(payment, order, lines, now + settings.CHECKOUT_WINDOW)
    payment.save(force_insert=True)
    payment.first_sent_at = payment.created_at  # never before it was written down
    payment.save(update_fields=["first_sent_at"])
    return payment


def _page(
    order: RentalOrder,
    amount_minor: int,
    purpose: Payment.Purpose,
    now: datetime,
    kind: Payment.Kind,
) -> Payment:
    return Payment(
        order=order,
        gateway=gateway_of(order),
        kind=kind,
        purpose=purpose,
        currency=order.currency,
        amount_minor=amount_minor,
        payable_until=now + settings.CHECKOUT_WINDOW,
        next_attempt_at=now + LEFT_LYING,  # should we die before it is open
    )
