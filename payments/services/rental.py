"""The rental itself: units go out, and come back (road D). Whole orders, by staff."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from payments.domain.states import OrderStatus, check_order_step
from payments.models import RentalOrder
from payments.services import idempotency
from payments.services.deposits import check_unsettled
from payments.services.holds import check_deposit_secured
from payments.services.idempotency import Request
from payments.services.journal import Actor
from payments.services.lifecycle import lock_order, transition
from payments.services.units import units_are_still_out, units_come_back, units_go_out


def hand_over(
    *,
    order_id: UUID,
    actor: Actor,
    without_deposit: bool = False,
    request: Request | None = None,
) -> RentalOrder:
    """The customer has taken the units of a confirmed order.

    `without_deposit` is for staff who hand over though nothing secures the deposit. Raises
    IllegalStep, KeyReused, DepositNotSecured, and OutOfStock before the start where the units are
    promised to somebody else until then.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        check_order_step(order.state, OrderStatus.PICKED_UP)
        if not without_deposit:
            check_deposit_secured(order)
        transition(order, OrderStatus.PICKED_UP, actor=actor, without_deposit=without_deposit)
        units_go_out(order, timezone.now())
    return order


def take_back(*, order_id: UUID, actor: Actor, request: Request | None = None) -> RentalOrder:
    """Everything is back, now: turnaround and the inspection window begin.

    Raises IllegalStep, KeyReused.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if not is_repeated:
            check_order_step(order.state, OrderStatus.RETURNED)
            units_come_back(order)
            transition(order, OrderStatus.RETURNED, actor=actor)
            RentalOrder.objects.filter(pk=order.pk).update(returned_at=Now())
    return order


def undo_take_back(
    *, order_id: UUID, actor: Actor, reason: str, request: Request | None = None
) -> RentalOrder:
    """The scan was a mistake, and the units are still out.

    Raises IllegalStep, KeyReused, DepositSettled, and OutOfStock where somebody else has been
    promised the units meanwhile.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        check_unsettled(order)
        order.returned_at = None
        transition(order, OrderStatus.PICKED_UP, actor=actor, reason=reason)
        units_are_still_out(order)
    return order
