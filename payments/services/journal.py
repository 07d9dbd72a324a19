"""One line in a service writes history, queues messages and drops what is cached (idea 6)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from accounts.models import User
from payments.domain.notices import NOTICE_OF_FACT
from payments.domain.states import OrderStatus
from payments.models import OrderEvent, PaymentNotification, RentalOrder
from payments.services.jobs import enqueue


@dataclass(frozen=True)
class Actor:
    """Who did it, for the history."""

    kind: OrderEvent.Actor
    user: User | None = None

    @classmethod
    def of(cls, user: User) -> "Actor":
        kind = OrderEvent.Actor.STAFF if user.is_staff else OrderEvent.Actor.CUSTOMER
        return cls(kind, user)

    @property
    def is_shop(self) -> bool:
        return self.kind is not OrderEvent.Actor.CUSTOMER


GATEWAY = Actor(OrderEvent.Actor.GATEWAY)
SYSTEM = Actor(OrderEvent.Actor.SYSTEM)


def entry(
    order: RentalOrder,
    fact: str,
    actor: Actor,
    *,
    from_status: str = "",
    to_status: str = "",
    ref: str = "",
    **data: Any,
) -> OrderEvent:
    """A line of the order's history, yet to be saved. `ref` is the provider's name of the fact."""
    return OrderEvent(
        order=order,
        fact=fact,
        actor=actor.kind,
        user=actor.user,
        from_status=from_status,
        to_status=to_status,
        ref=ref,
        data=data,
    )


def record(order: RentalOrder, fact: str, actor: Actor, **line: Any) -> None:
    """Write a line (see `entry`) and queue its messages, in the caller's transaction.

    The database itself outdates the customer's cached list, and so locks the customer's row: call
    this before units are taken or freed, whose locks come last (rule R11).
    """
    event = entry(order, fact, actor, **line)
    event.save(force_insert=True)
    # Who has not ordered yet has nothing cancelled.
    if fact in NOTICE_OF_FACT and event.from_status != OrderStatus.DRAFT:
        _queue_notice(order, NOTICE_OF_FACT[fact], event.ref)


def is_recorded(order: RentalOrder, ref: str) -> bool:
    """Whether the provider's fact `ref` is in the order's history already."""
    return OrderEvent.objects.filter(order=order, ref=ref).exists()


def _queue_notice(order: RentalOrder, kind: str, ref: str) -> None:
    notice = PaymentNotification(
        order=order,
        recipient_id=order.customer_id,
        kind=kind,
        dedupe_key=f"{order.pk}:{kind}:{ref}",
        next_attempt_at=Now() + timedelta(minutes=1),  # should the job below be lost
    )
    PaymentNotification.objects.bulk_create([notice], ignore_conflicts=True)
    enqueue("send_notification", notification_id=str(notice.pk))
