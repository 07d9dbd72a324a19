"""Letting go of a change that waits for its payment: its page closes, its units are free."""

from django.db.models.functions import Coalesce, Now

from payments.domain.states import PAYABLE, ChangeStatus
from payments.models import OrderChange, Payment, RentalOrder, Reservation
from payments.services.jobs import enqueue
from payments.services.journal import Actor, record


def end_pending_change(order: RentalOrder, actor: Actor) -> None:
    """What waits for its payment comes to nothing, since the locked order does not go on."""
    if change := order.changes.pending().select_related("payment").first():
        end_change(order, change, ChangeStatus.CANCELLED, actor)


def end_change(order: RentalOrder, change: OrderChange, to: ChangeStatus, actor: Actor) -> None:
    """A pending change of a locked order comes to nothing. Money that arrives later goes back."""
    decide(change, to)
    payment = change.payment
    if payment is not None and payment.state in PAYABLE:
        asked_at = Coalesce("closing_asked_at", Now())
        Payment.objects.filter(pk=payment.pk).update(
            next_attempt_at=Now(), closing_asked_at=asked_at
        )
        enqueue("pursue_payment", payment_id=str(payment.pk))
    fact = to.value.lower()
    record(order, f"change.{fact}", actor, ref=f"{change.pk}:{fact}", change=str(change.pk))
    Reservation.objects.filter(change=change).delete()


def decide(change: OrderChange, to: ChangeStatus) -> None:
    """Note what became of it."""
    change.status, change.expires_at = to.value, None
    change.save()
