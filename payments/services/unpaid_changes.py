"""Changing an order that waits for its payment (docs/adr/0011).

Its checkout shows the old price. So a change is noted first and its units are held; then the
gateway makes the checkout unpayable; and when that is certain, the order becomes what the change
says and is paid on a page of its own. Whoever paid at the last moment has the order that he paid.
"""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from payments.domain.errors import GatewayUnavailable, IllegalStep, InProgress
from payments.domain.states import UNDECIDED, ChangeStatus, PaymentStatus
from payments.models import OrderChange, Payment, RentalOrder
from payments.services.checkout import RENEWABLE_FOR
from payments.services.journal import GATEWAY, Actor, record
from payments.services.pages import page_anew
from payments.services.paid_changes import carried_out
from payments.services.pending_changes import end_change


def check_unpaid(order: RentalOrder, now: datetime) -> None:
    """Raises IllegalStep where money is on its way already, and for who only keeps units back."""
    on_their_way = UNDECIDED - {PaymentStatus.PENDING}
    if order.payments.filter(status__in=on_their_way).exists():
        raise IllegalStep("A payment for this order is on its way. Wait until it has arrived.")
    first = order.payments.first()
    if first is not None and now - first.created_at > RENEWABLE_FOR:
        raise IllegalStep("This order has waited for its payment for a day: pay or cancel it.")


def note_asked(order: RentalOrder, change: OrderChange, actor: Actor, now: datetime) -> None:
    """Note that the change waits until nobody can pay the old price, with fresh time to pay."""
    order.hold_expires_at = now + settings.CHECKOUT_WINDOW + settings.HOLD_GRACE
    order.save(update_fields=["hold_expires_at", "updated_at"])
    change.status, change.expires_at = ChangeStatus.PENDING.value, order.hold_expires_at
    change.save(force_insert=True)
    record(order, "change.asked", actor, ref=f"{change.pk}:asked", change=str(change.pk))


def follow_closing(order: RentalOrder, payment: Payment) -> None:
    """A checkout of a locked order is decided that was to be closed: once all of them are, and
    nobody has paid, what waited for that is carried out.

    If the order cannot become that any more, it has a page to be paid on as it is.
    """
    change = order.changes.pending().filter(payment=None).first()
    if change is None:
        return
    if payment.state is not PaymentStatus.CANCELLED or _has_ended(order):
        end_change(order, change, ChangeStatus.CANCELLED, GATEWAY)
    elif not order.payments.filter(status__in=UNDECIDED).exists():
        if not carried_out(order, change):
            end_change(order, change, ChangeStatus.CANCELLED, GATEWAY)
        change.payment = _fresh_page(order)
        change.save()


def _has_ended(order: RentalOrder) -> bool:
    """It was paid by another payment, or its time is over because the gateway was away so long."""
    return order.hold_expires_at is None or order.hold_expires_at <= timezone.now()


def _fresh_page(order: RentalOrder) -> Payment | None:
    if not order.due_minor:
        return None  # and the order is confirmed by that
    now = timezone.now()
    order.hold_expires_at = now + settings.CHECKOUT_WINDOW + settings.HOLD_GRACE
    order.save(update_fields=["hold_expires_at", "updated_at"])
    return page_anew(order, now)


def check_carried_out(change: OrderChange) -> None:
    """What came of a change whose checkouts were to be closed. Raises IllegalStep if the customer
    was faster, InProgress and GatewayUnavailable while it is not certain."""
    if change.state is ChangeStatus.APPLIED:
        return
    if change.state is not ChangeStatus.PENDING:
        raise IllegalStep(_why_not(RentalOrder.objects.get(pk=change.order_id)))
    if Payment.objects.filter(order=change.order_id, lease_until__gt=timezone.now()).exists():
        raise InProgress(retry_after=2)
    raise GatewayUnavailable(
        "The payment service does not answer. Your change is kept; please try again in a moment."
    )


def _why_not(order: RentalOrder) -> str:
    word = order.state.label.lower()
    return f"The order could not be changed any more: it is {word}, with what it was ordered for."
