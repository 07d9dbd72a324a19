"""Where an order's units are: its reservations follow what staff hand over and take back (D2.4)."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Final, cast
from uuid import UUID, uuid4

from django.db import transaction

from common.prepared import fetch
from payments.domain.errors import IllegalStep, OutOfStock
from payments.domain.fulfilment import Change, Fate, Line, Stage, changes, fates
from payments.domain.period import Period
from payments.domain.states import OrderStatus
from payments.models import RentalOrder, RentalOrderItem, Reservation
from payments.models.units import LONGEST
from payments.services.collisions import in_the_way, named
from payments.services.lifecycle import database_refusals
from payments.services.movements import moves_of
from payments.services.needs import Need


def follow_movements(order: RentalOrder) -> None:
    """Have a locked order's reservations say what its movements do.

    What is promised anew, because units leave before the rental begins or are out after all, goes
    through the gate. Raises OutOfStock, with the orders in the way, where somebody else was
    promised them, and IllegalStep more than a year before the rental.
    """
    _lock_days(order)
    items = list(order.items.all())
    moves = {pk: [movement.move for movement in found] for pk, found in moves_of(items).items()}
    rows_of = _rows_by_line(order)
    for item in items:
        for product_id, rows in rows_of[item.pk].items():
            line = line_of(order, item, product_id)
            held = Counter[Fate]()
            for row in rows:
                held[fate_of(row)] += row.quantity
            for change in changes(held, fates(line, moves.get(item.pk, []))):
                _change(rows, change, line)
            if order.state is OrderStatus.CONFIRMED:
                _merge(rows, line)


# The days that anything below may change, in the order in which everybody takes them (R11).
_DAYS: Final = """
SELECT count(*) FROM (
    SELECT FROM payments_productday AS counter JOIN (
        SELECT product_id, least(min(starts_at), now()) AS first, max(ends_at) AS last
        FROM payments_reservation WHERE order_id = %s GROUP BY product_id
    ) AS held ON held.product_id = counter.product_id
        AND day BETWEEN (first AT TIME ZONE 'UTC')::date AND (last AT TIME ZONE 'UTC')::date
    ORDER BY counter.product_id, day FOR NO KEY UPDATE OF counter
) AS locked
"""


def _lock_days(order: RentalOrder) -> None:
    fetch(_DAYS, [order.pk])


def _rows_by_line(order: RentalOrder) -> dict[UUID, dict[UUID, list[Reservation]]]:
    """What holds units for each line, by product: its own, or the parts of its kit."""
    found: dict[UUID, dict[UUID, list[Reservation]]] = defaultdict(lambda: defaultdict(list))
    rows = order.reservations.exclude(item=None)
    for row in rows.order_by("product_id", "starts_at", "pk"):
        found[cast(UUID, row.item_id)][row.product_id].append(row)
    return found


def line_of(order: RentalOrder, item: RentalOrderItem, product_id: UUID) -> Line:
    """What a line takes of a product: its own, or a part of its kit."""
    prep, turnaround, per_unit = item.prep_time, item.turnaround_time, 1
    for part in item.parts:
        if part["product_id"] == str(product_id):
            prep = timedelta(minutes=part["prep_minutes"])
            turnaround = timedelta(minutes=part["turnaround_minutes"])
            per_unit = part["quantity"]
    occupied = order.period.widened(prep, turnaround)
    return Line(item.quantity, occupied, order.rental_end_date, turnaround, per_unit)


def fate_of(row: Reservation) -> Fate:
    return Fate(Stage(row.stage), row.starts_at, row.ends_at, row.due_at)


def _change(rows: list[Reservation], change: Change, line: Line) -> None:
    """Give `change.quantity` units of these rows their new fate."""
    left = change.quantity
    for row in [row for row in rows if fate_of(row) == change.old]:
        if left:
            part = row if row.quantity <= left else _split(row, left, line)
            left -= part.quantity
            _give(part, change.new)


def _split(row: Reservation, quantity: int, line: Line) -> Reservation:
    """Make some units of a row one of their own, for what will be asked of them.

    It is written as a fact, which asks for nothing: the row has become smaller by as much.
    """
    row.quantity -= quantity
    row.save(update_fields=["quantity"])
    is_over = row.stage == Stage.BACK
    return Reservation.objects.create(
        order_id=row.order_id,
        item_id=row.item_id,
        product_id=row.product_id,
        quantity=quantity,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        stage=Stage.BACK if is_over else Stage.OUT,
        due_at=None if is_over else line.due_at,
    )


def _merge(rows: list[Reservation], line: Line) -> None:
    """Before the pickup a line has one row of each product. What it held before asks for nothing:
    that is why it becomes a promise by way of a fact."""
    if len(rows) < 2:
        return
    first, promised = rows[0], fate_of(rows[0])
    Reservation.objects.filter(pk__in=[row.pk for row in rows]).delete()
    first.pk, first.quantity = uuid4(), sum(row.quantity for row in rows)
    first.stage, first.due_at = Stage.OUT, line.due_at
    first.save(force_insert=True)
    _give(first, promised)


def _give(row: Reservation, fate: Fate) -> None:
    if fate.ends_at - fate.starts_at >= LONGEST:
        raise IllegalStep("It is too early to hand these units over.")
    row.stage, row.due_at = fate.stage.value, fate.due_at
    row.starts_at, row.ends_at, row.is_active = fate.starts_at, fate.ends_at, True
    try:
        with database_refusals(), transaction.atomic():
            row.save()
    except OutOfStock as refused:
        product, occupied = row.product, Period(row.starts_at, row.ends_at)
        need = Need(product.pk, row.quantity, occupied, product.units)
        raise named(refused, product, in_the_way(need, besides=row.order_id)) from None
