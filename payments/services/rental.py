"""The rental itself: units go out, and come back, in whole or in part, by staff (road D)."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from payments.domain.errors import IllegalStep
from payments.domain.fulfilment import MovementKind
from payments.domain.states import OrderStatus, check_order_step
from payments.models import RentalOrder
from payments.services import idempotency
from payments.services.holds import check_deposit_secured
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order, transition
from payments.services.losses import write_off
from payments.services.movements import Lines, Scan, next_instant, write_movements
from payments.services.return_claims import claim_for_return
from payments.services.serial_units import bind_units, return_units
from payments.services.units import follow_movements

OUT, BACK, LEFT = MovementKind


def hand_over(
    *,
    order_id: UUID,
    actor: Actor,
    scans: Sequence[Scan] = (),
    notes: str = "",
    without_deposit: bool = False,
    request: Request | None = None,
) -> RentalOrder:
    """The customer has taken units of a confirmed order: these, or all that wait for pickup.

    With the first of them the order is picked up. `without_deposit` is for staff who hand over
    though nothing secures the deposit. Raises IllegalStep, InvalidInput, KeyReused,
    DepositNotSecured, UnitNotAvailable, and OutOfStock before the start where the units are
    promised to somebody else until then.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        if order.state not in (OrderStatus.CONFIRMED, OrderStatus.PICKED_UP):
            check_order_step(order.state, OrderStatus.PICKED_UP)
            raise IllegalStep("What came back is not handed over again: undo the return instead.")
        if not without_deposit:
            check_deposit_secured(order)
        lines = Lines.of(order)
        wanted = scans or lines.everything(OUT)
        if not wanted:
            raise IllegalStep("Nothing of this order waits for pickup.")
        now = next_instant(order)
        bind_units(write_movements(lines, OUT, wanted, at=now, actor=actor, notes=notes))
        if order.state is OrderStatus.CONFIRMED:
            transition(order, OrderStatus.PICKED_UP, actor=actor, without_deposit=without_deposit)
        else:
            record(order, "units.handed_over", actor, without_deposit=without_deposit)
        follow_movements(order)
    return order


def take_back(
    *,
    order_id: UUID,
    actor: Actor,
    scans: Sequence[Scan] = (),
    notes: str = "",
    release_rest: bool = False,
    request: Request | None = None,
) -> RentalOrder:
    """Units are back, now: these, or all that are out. Their turnaround begins.

    With the last of them the order is returned and the inspection window begins; `release_rest` is
    for units that nobody will pick up any more, which it would else wait for. Damages become
    claims, and so does what a late return costs. Raises IllegalStep, InvalidInput, KeyReused,
    DepositSettled.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        if order.state is not OrderStatus.PICKED_UP:
            check_order_step(order.state, OrderStatus.RETURNED)
        lines = Lines.of(order)
        wanted = scans or lines.everything(BACK)
        rest = lines.everything(LEFT) if release_rest else []
        if not wanted and not rest:
            raise IllegalStep("Nothing of this order is out.")
        now = next_instant(order)
        written = write_movements(lines, BACK, wanted, at=now, actor=actor, notes=notes)
        write_movements(lines, LEFT, rest, at=now, actor=actor, notes=notes)
        return_units(written)
        write_off(movement for movement, _ in written)
        claim_for_return(order, written, actor)
        if lines.total.is_over:
            order.returned_at = now
            transition(order, OrderStatus.RETURNED, actor=actor)
        else:
            record(order, "units.taken_back", actor)
        follow_movements(order)
    return order
