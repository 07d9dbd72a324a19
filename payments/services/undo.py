"""Scans that were a mistake are undone, with a reason, until the deposit is settled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from payments.domain.errors import IllegalStep
from payments.domain.fulfilment import MovementKind
from payments.domain.states import OrderStatus, check_order_step
from payments.models import Movement, RentalOrder
from payments.services import idempotency
from payments.services.claims import waive
from payments.services.deposits import check_unsettled
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order, transition
from payments.services.losses import find_again
from payments.services.movements import Lines, next_instant
from payments.services.serial_units import never_came_back, never_went_out
from payments.services.units import follow_movements


def undo_movement(
    *, movement_id: UUID, actor: Actor, reason: str, request: Request | None = None
) -> RentalOrder:
    """One scan was a mistake. What follows from those that stand is the order's state again.

    Raises IllegalStep where they would make no sense without it, KeyReused, DepositSettled, and
    OutOfStock or UnitNotAvailable where somebody else has been promised or given the units since.
    """
    order_id = Movement.objects.values_list("order_id", flat=True).get(pk=movement_id)
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if not is_repeated:
            movement = order.movements.select_related("item", "order").get(pk=movement_id)
            if movement.undone_at:
                raise IllegalStep("This movement is undone already.")
            _undo(order, [movement], actor, reason)
    return order


def undo_take_back(
    *, order_id: UUID, actor: Actor, reason: str, request: Request | None = None
) -> RentalOrder:
    """The scan by which an order was returned was a mistake, and those units are still out.

    Raises as `undo_movement` does.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        check_unsettled(order)
        if order.state is not OrderStatus.RETURNED:
            check_order_step(order.state, OrderStatus.PICKED_UP)
            raise IllegalStep("Not everything of this order is back.")
        standing = order.movements.standing().exclude(kind=MovementKind.OUT)
        last = standing.filter(at=standing.latest("at").at)
        _undo(order, list(last.select_related("item", "order")), actor, reason)
    return order


def _undo(order: RentalOrder, movements: Sequence[Movement], actor: Actor, reason: str) -> None:
    check_unsettled(order)
    if order.state not in (OrderStatus.PICKED_UP, OrderStatus.RETURNED):
        raise IllegalStep("This order is neither picked up nor returned.")
    now = next_instant(order)
    for movement in movements:
        movement.undone_at, movement.undone_by, movement.undo_reason = now, actor.user, reason
        movement.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        _take_back_what_followed(order, movement, actor, reason, now)
    _move(order, actor, reason)
    follow_movements(order)


def _take_back_what_followed(
    order: RentalOrder, movement: Movement, actor: Actor, reason: str, now: datetime
) -> None:
    if movement.is_lost:
        find_again(movement)
    if movement.kind == MovementKind.OUT:
        never_went_out(movement, now)
    else:
        never_came_back(movement)
    for claim in order.claims.open().filter(movement=movement):
        waive(order, claim, _staff(actor), reason)


def _staff(actor: Actor) -> User:
    if actor.user is None:
        raise IllegalStep("Claims are withdrawn by staff.")
    return actor.user


def _move(order: RentalOrder, actor: Actor, reason: str) -> None:
    """To the status that the standing movements mean (docs/adr/0012)."""
    try:
        found = Lines.of(order).total
    except IllegalStep as nonsense:
        raise IllegalStep(f"Undo what came after it first: {nonsense.message}") from None
    if found.is_untouched:
        _never_picked_up(order, actor, reason)
    elif order.state is OrderStatus.RETURNED:
        order.returned_at = None
        transition(order, OrderStatus.PICKED_UP, actor=actor, reason=reason)
    else:
        record(order, "units.scan_undone", actor, reason=reason)


def _never_picked_up(order: RentalOrder, actor: Actor, reason: str) -> None:
    if order.claims.open().exists():
        raise IllegalStep("Something is claimed of this order. Withdraw that first.")
    left = order.movements.standing()  # what was let go waits for pickup again, too
    left.update(undone_at=Now(), undone_by=actor.user, undo_reason=reason)
    transition(order, OrderStatus.CONFIRMED, actor=actor, fact="order.pickup_undone", reason=reason)
