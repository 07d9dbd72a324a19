"""Scans of units at pickup and return, as rows; `rental` decides what they make of the order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from common.errors import InvalidInput
from common.prepared import fetch
from payments.domain.errors import IllegalStep
from payments.domain.fulfilment import Condition, Fulfilment, MovementKind, total
from payments.models import Movement, RentalOrder, RentalOrderItem
from payments.services.journal import Actor


@dataclass(frozen=True)
class Damage:
    """What is claimed for it, in the order's currency."""

    amount: Decimal
    reason: str


@dataclass(frozen=True)
class Scan:
    """Units of one line; without a quantity as many as serial numbers, or else, and of kits, all
    there are."""

    item_id: UUID
    quantity: int | None = None
    serial_numbers: Sequence[str] = ()
    condition: Condition = Condition.GOOD
    notes: str = ""
    damages: Sequence[Damage] = ()


@dataclass
class Lines:
    """The lines of a locked order, and where the units of each are."""

    order: RentalOrder
    items: list[RentalOrderItem]
    found: dict[UUID, Fulfilment]

    @classmethod
    def of(cls, order: RentalOrder) -> "Lines":
        items = list(order.items.select_related("product"))
        standing = moves_of(items)
        found = {item.pk: after(item, standing[item.pk]) for item in items}
        return cls(order, items, found)

    @property
    def total(self) -> Fulfilment:
        return total(list(self.found.values()))

    def everything(self, kind: MovementKind) -> list[Scan]:
        """A scan for each line of all that can move so; empty where nothing can."""
        return [Scan(item.pk) for item in self.items if self.room(item.pk, kind)]

    def room(self, item_id: UUID, kind: MovementKind) -> int:
        """How many units of a line can move so."""
        line = self.found[item_id]
        return line.out if kind is MovementKind.BACK else line.reserved

    def item(self, item_id: UUID) -> RentalOrderItem:
        """Raises InvalidInput for a line that the order does not have."""
        for item in self.items:
            if item.pk == item_id:
                return item
        text = "This order has no such line."
        raise InvalidInput(f"items: {text}", errors={"items": [text]})


_NEXT = """
SELECT greatest(statement_timestamp(),
    (SELECT max(at) + interval '1 microsecond' FROM payments_movement WHERE order_id = %s))
"""


def next_instant(order: RentalOrder) -> datetime:
    """Now, by the database's clock, and after everything that happened to a locked order before."""
    [(now,)] = fetch(_NEXT, [order.pk])
    return cast(datetime, now)


def moves_of(items: Iterable[RentalOrderItem]) -> Mapping[UUID, list[Movement]]:
    """The standing movements of each of these lines, in one query."""
    found: dict[UUID, list[Movement]] = defaultdict(list)
    for movement in Movement.objects.standing().filter(item__in=list(items)):
        found[movement.item_id].append(movement)
    return found


def after(item: RentalOrderItem, movements: Iterable[Movement]) -> Fulfilment:
    """Where the units of a line are. Raises IllegalStep where that makes no sense."""
    return Fulfilment.after(item.quantity, [movement.move for movement in movements])


def write_movements(
    lines: Lines,
    kind: MovementKind,
    scans: Sequence[Scan],
    *,
    at: datetime,
    actor: Actor,
    notes: str = "",
) -> list[tuple[Movement, Scan]]:
    """A row for each scan. Raises IllegalStep for more units than can move so, and InvalidInput."""
    written = []
    for scan in scans:
        item = lines.item(scan.item_id)
        quantity = scan.quantity or _named(scan, item) or lines.room(item.pk, kind)
        if not quantity:
            where = "out" if kind is MovementKind.BACK else "waiting for pickup"
            raise IllegalStep(f"Nothing of {item.product_name} is {where}.")
        movement = Movement(
            order=lines.order,
            item=item,
            kind=kind.value,
            quantity=quantity,
            condition=scan.condition.value if kind is MovementKind.BACK else "",
            notes=scan.notes or notes,
            at=at,
            staff=actor.user,
        )
        lines.found[item.pk] = lines.found[item.pk].then(movement.move)
        written.append((movement, replace(scan, quantity=quantity)))
    Movement.objects.bulk_create([movement for movement, _ in written])
    return written


def _named(scan: Scan, item: RentalOrderItem) -> int:
    """How many units serial numbers name: a kit may have several, or none, that have one."""
    return 0 if item.parts else len(scan.serial_numbers)
