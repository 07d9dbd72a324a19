"""The board of a day: what goes out and comes back, what ends soon, and what is on its way.

Each section is bounded and has its whole count beside it; however much there is, the number of
queries is the same. Days are those of the shop's wall clock. What a person has to do besides is in
`board_tasks`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum

from payments.domain.board import Work
from payments.domain.states import OrderStatus, PaymentStatus, RefundStatus
from payments.models import Payment, RentalOrder, Reservation
from payments.services.board_entries import (
    Entry,
    Section,
    Units,
    first_rows,
    has_units,
    orders_of,
    refunds,
    section,
)
from payments.services.board_tasks import read_tasks
from payments.services.collisions import Collision, shortages
from payments.services.holds import deposit_statuses

Stage = Reservation.Stage

SOON: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Board:
    """What a day asks for. All but pickups and returns is as of `as_of`, whatever the day."""

    day: date
    as_of: datetime
    pickups: Section
    returns: Section
    overdue: Section
    holds_ending: Section
    refunds_in_transit: Section
    tasks: Section


def read_board(day: date, now: datetime) -> Board:
    """The work of `day`."""
    short = shortages()
    return Board(
        day=day,
        as_of=now,
        pickups=_pickups(day),
        returns=_returns(day, now),
        overdue=_overdue(now, short),
        holds_ending=Section.of(_holds_ending(now), _unpaid(now)),
        refunds_in_transit=_refunds_in_transit(),
        tasks=read_tasks(short, _bounds(now.astimezone(_zone()).date())[0]),
    )


def _bounds(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight on the shop's wall clock."""
    days = (day, day + timedelta(days=1))
    begin, end = (datetime.combine(one, time(), _zone()) for one in days)
    return begin, end


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.SHOP_TIME_ZONE)


def _pickups(day: date) -> Section:
    """Begins on that day, and not everything has been handed over."""
    begin, end = _bounds(day)
    starting = orders_of(OrderStatus.CONFIRMED, OrderStatus.PICKED_UP).filter(
        has_units(Stage.RESERVED),
        rental_start_date__gte=begin,
        rental_start_date__lt=end,
    )
    orders, count = first_rows(starting.order_by("rental_start_date", "pk"))
    status_of = deposit_statuses(orders)
    waiting = _units(orders, Stage.RESERVED)
    entries = [
        Entry(
            Work.PICKUP,
            order.pk,
            order.rental_start_date,
            order,
            note=order.notes,
            units=waiting[order.pk],
            deposit_status=status_of[order.pk],
        )
        for order in orders
    ]
    return Section(entries, count)


def _returns(day: date, now: datetime) -> Section:
    """Due on that day, and not overdue yet."""
    begin, end = _bounds(day)
    due = orders_of(OrderStatus.PICKED_UP).filter(
        rental_end_date__gte=max(begin, now), rental_end_date__lt=end
    )
    orders, count = first_rows(due.order_by("rental_end_date", "pk"))
    out = _units(orders, Stage.OUT)
    entries = [
        Entry(Work.RETURN, order.pk, order.rental_end_date, order, units=out[order.pk])
        for order in orders
    ]
    return Section(entries, count)


def _overdue(now: datetime, short: Sequence[Collision]) -> Section:
    """Out past their end, with the orders that need their units."""
    late = orders_of(OrderStatus.PICKED_UP).filter(
        has_units(Stage.OUT),
        rental_end_date__lt=now,
    )
    orders, count = first_rows(late.order_by("rental_end_date", "pk"))
    out = _units(orders, Stage.OUT)
    entries = [
        Entry(
            Work.OVERDUE,
            order.pk,
            order.rental_end_date,
            order,
            units=out[order.pk],
            collisions=_in_need_of(out[order.pk], short),
        )
        for order in orders
    ]
    return Section(entries, count)


def _units(orders: Sequence[RentalOrder], stage: Stage) -> Mapping[UUID, list[Units]]:
    """What of each order is in that stage now, the parts of kits by themselves; one query."""
    found: dict[UUID, list[Units]] = defaultdict(list)
    rows = Reservation.objects.filter(order__in=orders, stage=stage, change=None)
    sums = rows.values_list("order_id", "product_id", "product__name").order_by("product__name")
    for order_id, *units in sums.annotate(Sum("quantity")):
        found[order_id].append(Units(*units))
    return found


def _in_need_of(units: Sequence[Units], short: Sequence[Collision]) -> list[Collision]:
    products = {one.product_id for one in units}
    return [one for one in short if one.product_id in products]


def _holds_ending(now: datetime) -> Section:
    """Deposits that banks let go of soon, and for which nothing was decided yet."""
    holds = Payment.objects.select_related("order__customer").filter(
        kind=Payment.Kind.DEPOSIT,
        status=PaymentStatus.AUTHORIZED,
        capture_before__lt=now + SOON,
        closing=None,
    )
    return section(
        holds.order_by("capture_before", "pk"),
        lambda hold: Entry(
            Work.HOLD_ENDS,
            hold.pk,
            hold.capture_before,
            hold.order,
            amount_minor=hold.amount_minor,
            currency=hold.currency,
        ),
    )


def _unpaid(now: datetime) -> Section:
    orders = orders_of(OrderStatus.PENDING).filter(hold_expires_at__lt=now + SOON)
    return section(
        orders.order_by("hold_expires_at", "pk"),
        lambda order: Entry(
            Work.UNPAID,
            order.pk,
            order.hold_expires_at,
            order,
            amount_minor=order.due_minor,
            currency=order.currency,
        ),
    )


def _refunds_in_transit() -> Section:
    under_way = (RefundStatus.PENDING, RefundStatus.PROCESSING)
    return refunds(Work.REFUND_IN_TRANSIT, *under_way)
