"""Pages of the gateway that a customer asks for after his order: for a balance, a change of the
order, or having his deposit held. `checkout.open_page` opens them."""

from datetime import datetime

from django.conf import settings

from payments.gateways.base import CheckoutLine
from payments.models import Payment, RentalOrder
from payments.services.checkout import checkout_request
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
    payable_until = now + settings.CHECKOUT_WINDOW
    payment = Payment(
        order=order,
        gateway=gateway_of(order),
        kind=kind,
        purpose=purpose,
        currency=order.currency,
        amount_minor=amount_minor,
        payable_until=payable_until,
        next_attempt_at=now + LEFT_LYING,  # should we die before it is open
    )
    payment.request = checkout_request(
        payment,
        order,
        [CheckoutLine(text, amount_minor)],
        payable_until,
        holds=kind is Payment.Kind.DEPOSIT,
        customer_id=customer_id,
    )
    payment.save(force_insert=True)
    return payment
