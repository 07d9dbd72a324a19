"""What a change does to a locked order, and what it holds until then (docs/adr/0011)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from payments.domain import ledger
from payments.domain.changes import Held, additional
from payments.domain.errors import IllegalStep
from payments.domain.ledger import Price
from payments.domain.states import HOLDING, ChangeStatus, OrderStatus
from payments.models import OrderChange, RentalOrder, RentalOrderItem, Reservation
from payments.services.coupons import note_use
from payments.services.journal import Actor, record
from payments.services.ledger import balance, post
from payments.services.lifecycle import database_refusals
from payments.services.order_rows import units_of
from payments.services.pending_changes import decide

Stage = Reservation.Stage

Row = TypeVar("Row", bound=models.Model)


def frozen(order: RentalOrder, items: Sequence[RentalOrderItem]) -> dict[str, Any]:
    """An order with its lines, to be kept on a change."""
    return {name: _kept(getattr(order, name)) for name in _CHANGED} | {
        "items": [_values(item) for item in items]
    }


def _kept(value: Any) -> Any:
    """Django's JSON would drop microseconds, and the order would seem to be another one."""
    return value.isoformat() if isinstance(value, datetime) else value


_CHANGED = (
    "rental_start_date",
    "rental_end_date",
    "rent_minor",
    "tax_minor",
    "fee_minor",
    "deposit_minor",
    "deposit_strategy",
)


def _values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def thawed(model: type[Row], values: dict[str, Any]) -> Row:
    """A row of what was kept of one; what it does not name has its default."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    known = {name: value for name, value in values.items() if name in fields}
    return model(**{name: fields[name].to_python(value) for name, value in known.items()})


def apply_change(order: RentalOrder, change: OrderChange, actor: Actor) -> None:
    """Make a locked order what the change says: its sums, its books, its lines and its units.

    Raises OutOfStock, and IllegalStep for a line that something else is noted of.
    """
    old, after = _price(order), thawed(RentalOrder, change.after)
    for name in _CHANGED:
        setattr(order, name, getattr(after, name))
    order.save(update_fields=[*_CHANGED, "updated_at"])
    decide(change, ChangeStatus.APPLIED)
    new = _price(order)
    rise = Price(*(after - before for before, after in zip(old, new, strict=True)))
    if order.state not in (OrderStatus.DRAFT, OrderStatus.PENDING):  # whose price nobody owes
        conceded = balance(order, ledger.REFUNDS)
        post(order, f"{change.pk}:changed", ledger.changed(rise, change.fee_minor, conceded))
    record(
        order,
        "draft.changed" if order.state is OrderStatus.DRAFT else "order.changed",
        actor,
        ref=f"{change.pk}:changed",
        change=str(change.pk),
        difference_minor=change.difference_minor,
        currency=order.currency,
        reason=change.reason,
    )
    items = [thawed(RentalOrderItem, values) for values in change.lines]
    note_use(order, items)
    _write_lines(order, items)


def is_as_before(order: RentalOrder, change: OrderChange) -> bool:
    """Whether an order is what it was when the change was asked for: dates, lines and prices."""
    before = thawed(RentalOrder, change.before)
    lines = [thawed(RentalOrderItem, values) for values in change.before["items"]]
    same_sums = all(getattr(order, name) == getattr(before, name) for name in _CHANGED)
    return same_sums and _contents(order.items.all()) == _contents(lines)


def _contents(items: Iterable[RentalOrderItem]) -> set[tuple[UUID, int, int]]:
    return {(item.product_id, item.quantity, item.rent_minor) for item in items}


def _price(order: RentalOrder) -> Price:
    return Price(order.rent_minor, order.tax_minor, order.charged_deposit_minor)


def _write_lines(order: RentalOrder, items: list[RentalOrderItem]) -> None:
    """Lines whose product stays keep their row; units are moved last, whose locks are everybody's.

    Units go first and come last, so that at no moment more are held than in the end.
    """
    known = set(order.items.values_list("pk", flat=True))
    gone = known - {item.pk for item in items}
    order.reservations.filter(item__in=gone).delete()
    try:
        order.items.filter(pk__in=gone).delete()
    except models.ProtectedError:
        raise IllegalStep("A line of which something is noted cannot be taken off.") from None
    RentalOrderItem.objects.bulk_update([i for i in items if i.pk in known], _LINE_COLUMNS)
    RentalOrderItem.objects.bulk_create([i for i in items if i.pk not in known])
    _move_units(order, items)


_LINE_COLUMNS = [
    field.name
    for field in RentalOrderItem._meta.concrete_fields
    if field.name not in ("id", "order", "product")
]


def _move_units(order: RentalOrder, items: Sequence[RentalOrderItem]) -> None:
    """Through the gate, with the order's own rows left out: it compares what one statement makes
    of them with what they were."""
    order.reservations.exclude(change=None).delete()
    rows = rows_as_they_become(order, order, items)
    with database_refusals():
        Reservation.objects.bulk_update(
            [row for row in rows if not row._state.adding],
            ["quantity", "starts_at", "ends_at", "due_at"],
        )
        new = [row for row in rows if row._state.adding]
        for row in new:
            row.is_active = order.state in HOLDING
        Reservation.objects.bulk_create(new)


def rows_as_they_become(
    order: RentalOrder, after: RentalOrder, items: Sequence[RentalOrderItem]
) -> list[Reservation]:
    """What holds an order's units, as `after` and its lines would have it; not saved.

    Before the pickup there is one row for each line, or part of a kit. Later rows have a fate of
    their own, and only their end moves; what is back is a fact.
    """
    rows = order.reservations.filter(change=None).exclude(stage=Stage.BACK)
    if order.state is OrderStatus.PICKED_UP:
        return [_moved(row, after) for row in rows.select_related("item")]
    known = {(row.item_id, row.product_id): row for row in rows}
    return [
        _like(row, known.get((row.item_id, row.product_id)))
        for item in items
        for row in units_of(item, after)
    ]


def _moved(row: Reservation, after: RentalOrder) -> Reservation:
    end = after.rental_end_date
    row.ends_at = end + row.turnaround
    row.due_at = end if row.stage == Stage.OUT else None
    return row


def _like(row: Reservation, before: Reservation | None) -> Reservation:
    """The row that is there already, as `row` has it; else `row`."""
    if before is None:
        return row
    before.quantity = row.quantity
    before.starts_at, before.ends_at = row.starts_at, row.ends_at
    return before


def hold_additional(
    order: RentalOrder, change: OrderChange, after: RentalOrder, now: datetime
) -> None:
    """Hold what the change needs beyond what the order has, until it is paid. Raises OutOfStock."""
    items = [thawed(RentalOrderItem, values) for values in change.lines]
    more = [
        Reservation(
            order=order,
            change=change,
            product_id=product,
            quantity=held.quantity,
            starts_at=held.start,
            ends_at=held.end,
        )
        for product, parts in asked_anew(order, after, items, now).items()
        for held in parts
    ]
    with database_refusals():
        Reservation.objects.bulk_create(more)


def asked_anew(
    order: RentalOrder, after: RentalOrder, items: Sequence[RentalOrderItem], now: datetime
) -> dict[UUID, list[Held]]:
    """By product, the units that the order would hold beyond those that it holds, from now on."""
    rows = order.reservations.filter(is_active=True, change=None).exclude(stage=Stage.BACK)
    old, new = _by_product(rows), _by_product(rows_as_they_become(order, after, items))
    return {
        product: [
            held._replace(start=max(held.start, now))
            for held in additional(old.get(product, []), new[product])
            if held.end > now
        ]
        for product in new
    }


def _by_product(rows: Iterable[Reservation]) -> dict[UUID, list[Held]]:
    found = defaultdict[UUID, list[Held]](list)
    for row in rows:
        found[row.product_id].append(Held(row.starts_at, row.ends_at, row.quantity))
    return found
