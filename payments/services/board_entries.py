"""What stands on the board: entries, and sections of them that are bounded and counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Window

from payments.domain.board import Work
from payments.domain.holds import DepositStatus
from payments.domain.states import OrderStatus, RefundStatus
from payments.models import Refund, RentalOrder, Reservation
from payments.services.collisions import Collision

ROWS_AT_MOST: Final = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Units:
    """So many units of a product that go out, or are out."""

    product_id: UUID
    product_name: str
    quantity: int


@dataclass(frozen=True)
class Entry:
    """One thing to do or to watch. `subject` is the row that it is about; `at` when it is due, or
    since when it stands."""

    work: Work
    subject: UUID | int
    at: datetime | None
    order: RentalOrder | None
    note: str = ""
    amount_minor: int | None = None
    currency: str = ""
    deposit_status: DepositStatus | None = None
    units: Sequence[Units] = ()
    collisions: Sequence[Collision] = ()


@dataclass(frozen=True)
class Section:
    """The first entries, the most urgent ones, and how many there are in all."""

    entries: Sequence[Entry]
    count: int

    @classmethod
    def of(cls, *parts: "Section") -> "Section":
        """Several as one, by time; what has none comes last."""
        entries = sorted(
            (entry for part in parts for entry in part.entries),
            key=lambda entry: (entry.at is None, entry.at),
        )
        return cls(entries[:ROWS_AT_MOST], sum(part.count for part in parts))


def section(rows: QuerySet[Row], entry: Callable[[Row], Entry]) -> Section:
    """The first rows as entries, and the count of all: one query."""
    found, count = first_rows(rows)
    return Section([entry(row) for row in found], count)


def first_rows(rows: QuerySet[Row]) -> tuple[list[Row], int]:
    counted: Any = rows.annotate(in_all=Window(Count("*")))
    found = list(counted[:ROWS_AT_MOST])
    return found, found[0].in_all if found else 0


def orders_of(*statuses: OrderStatus) -> QuerySet[RentalOrder]:
    orders = RentalOrder.objects.select_related("customer", "deposit_settlement")
    return orders.filter(status__in=statuses)


def has_units(stage: Reservation.Stage) -> Exists:
    """Of an order: units of it are in that stage now."""
    return Exists(Reservation.objects.filter(order=OuterRef("pk"), stage=stage))


def refunds(work: Work, *statuses: RefundStatus) -> Section:
    """Those that stand so, the oldest first."""
    rows = Refund.objects.select_related("order__customer").filter(status__in=statuses)
    return section(
        rows.order_by("created_at", "pk"),
        lambda refund: Entry(
            work,
            refund.pk,
            refund.created_at,
            refund.order,
            note=refund.failure_reason or refund.reason,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
        ),
    )
