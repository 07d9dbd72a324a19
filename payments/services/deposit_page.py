"""A page of the gateway on which the customer has his deposit held himself (domain rule D4)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from payments.domain.errors import NoDepositToHold
from payments.domain.holds import DepositStatus
from payments.domain.states import PaymentStatus
from payments.models import Payment, RentalOrder
from payments.services.checkout import open_page
from payments.services.holds import deposit_status
from payments.services.lifecycle import lock_order
from payments.services.pages import new_page
from payments.services.pursuit import pursue_late_checkouts


def open_deposit_page(order_id: UUID) -> Payment:
    """The payment with an open page for holding an order's deposit; the same while it is open.

    Raises NoDepositToHold unless the customer has to act, InProgress while another request opens
    it, and GatewayUnavailable: asking again continues with the same one.
    """
    pursue_late_checkouts(RentalOrder.objects.get(pk=order_id))
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if deposit_status(order) is not DepositStatus.ACTION_REQUIRED:
            raise NoDepositToHold
        payment = _open_page(order) or _new_page(order, timezone.now())
    return open_page(payment)


def _open_page(order: RentalOrder) -> Payment | None:
    pages = order.payments.filter(kind=Payment.Kind.DEPOSIT, status=PaymentStatus.PENDING)
    return pages.select_related("gateway").first()


def _new_page(order: RentalOrder, now: datetime) -> Payment:
    return new_page(
        order,
        order.deposit_minor,
        Payment.Purpose.DEPOSIT,
        "Deposit: held on your card, not charged",
        now,
        kind=Payment.Kind.DEPOSIT,
        customer_id=_customer_of(order),
    )


def _customer_of(order: RentalOrder) -> str:
    """How the gateway knows the customer, if it does."""
    known = order.payments.exclude(customer_ref="").order_by("-created_at").first()
    return known.customer_ref if known else ""
