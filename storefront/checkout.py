"""From an order to the gateway's payment page."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from common.errors import RentwellError
from payments.domain.states import OrderStatus, PaymentStatus
from payments.models import Payment, RentalOrder
from payments.services.checkout import open_checkout


def payable_payment(order: RentalOrder) -> Payment | None:
    """The payment that the customer can still make, if there is one."""
    if order.state is not OrderStatus.PENDING:
        return None
    return next((payment for payment in order.payments.all() if _is_payable(payment)), None)


def _is_payable(payment: Payment) -> bool:
    in_time = payment.payable_until is None or payment.payable_until > timezone.now()
    # A checkout that never opened gets fresh time when its customer comes back.
    return payment.state is PaymentStatus.PENDING and (in_time or not payment.session_id)


def go_to_checkout(
    request: HttpRequest, order: RentalOrder, new: Payment | None = None
) -> HttpResponse:
    """Send the customer to the payment page, or to the order with a sentence on why not.

    `new` is the payment of an order just placed. The order is kept whatever the gateway does.
    """
    if new is None and payable_payment(order) is None:
        return redirect("order", order.pk)
    return go_to_page(request, order, lambda _: open_checkout(order, new))


def go_to_page(
    request: HttpRequest, order: RentalOrder, open_page: Callable[[UUID], Payment | None]
) -> HttpResponse:
    """On to the gateway's page that `open_page` opens for the order, or back with its refusal."""
    try:
        payment = open_page(order.pk)
    except RentwellError as error:
        messages.error(request, error.message)
        return redirect("order", order.pk)
    return redirect(payment.checkout_url) if payment else redirect("order", order.pk)
