"""A page of the gateway on which a customer pays what he owes for an order that is binding: what
claims exceed his deposit by (D4), or a change that staff let him pay later."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from payments.domain.errors import InProgress, NothingOwed
from payments.domain.states import UNDECIDED, OrderStatus, PaymentStatus
from payments.models import Payment, RentalOrder
from payments.services.checkout import open_page
from payments.services.lifecycle import lock_order
from payments.services.pages import new_page
from payments.services.pursuit import pursue_late_checkouts


def open_balance_page(order_id: UUID) -> Payment:
    """The payment with an open checkout for the balance of an order; the same while it is open.

    Raises NothingOwed, InProgress while another request opens it or a card is still being asked,
    and GatewayUnavailable: asking again continues with the same one.
    """
    pursue_late_checkouts(RentalOrder.objects.get(pk=order_id))
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        payment = _open_page(order) or _new_page(order, _owed(order), timezone.now())
    return open_page(payment)


def _open_page(order: RentalOrder) -> Payment | None:
    pages = order.payments.filter(
        purpose=Payment.Purpose.BALANCE, status=PaymentStatus.PENDING.value
    )
    return pages.select_related("gateway").first()


def _owed(order: RentalOrder) -> int:
    """What is to be paid now: nothing that a bank may be about to give."""
    owed = order.balance_due_minor if may_owe(order) else 0
    if not owed:
        raise NothingOwed
    under_way = order.payments.filter(status__in=UNDECIDED)
    if order.state is not OrderStatus.RETURNED:  # what secures the deposit, or waits for a change
        under_way = under_way.filter(purpose=Payment.Purpose.BALANCE)
    if under_way.exists():
        raise InProgress(retry_after=30)
    return owed


def may_owe(order: RentalOrder) -> bool:
    """Orders are paid before they are binding, but for what staff let be paid later."""
    if order.state in (OrderStatus.CONFIRMED, OrderStatus.PICKED_UP):
        return order.changes.applied().filter(pays_later=True).exists()
    return order.state is OrderStatus.RETURNED


def _new_page(order: RentalOrder, amount_minor: int, now: datetime) -> Payment:
    text = f"Balance of order {order.order_number}"
    return new_page(order, amount_minor, Payment.Purpose.BALANCE, text, now)
