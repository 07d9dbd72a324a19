"""What is free, for people to look at. The gate does not ask here (domain rule D2.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from catalog.models import Product
from payments.domain.period import DAY, Period
from payments.models import ProductDay
from payments.services.needs import Need


@dataclass(frozen=True)
class DayAvailability:
    """`available_quantity` units are free the whole of that day."""

    date: date
    available_quantity: int


@dataclass(frozen=True)
class OpenDay(DayAvailability):
    """A day on the shop's calendar; `is_open`: a rental can begin or end in it."""

    is_open: bool


@dataclass(frozen=True)
class OpenHour:
    """`available_quantity` units are free for the hour from `start`."""

    start: datetime
    available_quantity: int
    is_open: bool


@dataclass(frozen=True)
class Availability:
    product_id: str
    start: datetime
    end: datetime
    units: int
    available_quantity: int
    calendar: Sequence[DayAvailability | OpenHour]


def availability(product: Product, period: Period) -> Availability:
    """Free units over the whole period, buffers included, and day by day (D2.5)."""
    occupied = period.widened(product.prep_time, product.turnaround_time)
    need = Need(product.pk, 1, occupied, product.units)
    return Availability(
        product_id=str(product.pk),
        start=period.start,
        end=period.end,
        units=product.units,
        available_quantity=free_units([need])[0],
        calendar=calendar(product, period),
    )


def free_units(needs: Sequence[Need], *, besides: UUID | None = None) -> list[int]:
    """For each need, the units that are free while it is occupied; one query for all.

    It is the gate's own function that counts. What the order `besides` holds counts as free.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PEAKS,
            [
                besides,
                [need.product_id for need in needs],
                [need.occupied.start for need in needs],
                [need.occupied.end for need in needs],
            ],
        )
        asked = [row[0] for row in cursor.fetchall()]
    return [max(0, need.units - peak) for need, peak in zip(needs, asked, strict=True)]


_PEAKS: Final = """
SELECT payments_peak(product, starts_at, ends_at, %s::uuid)
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[])
    WITH ORDINALITY AS wanted (product, starts_at, ends_at, place)
ORDER BY place
"""


def calendar(product: Product, period: Period) -> list[DayAvailability]:
    """Day by day from the counters: what is shown as free can be booked that day."""
    first = period.start.astimezone(UTC).date()
    last = (period.end.astimezone(UTC) - timedelta(microseconds=1)).date()
    used = dict(
        ProductDay.objects.filter(product=product, day__range=(first, last)).values_list(
            "day", "used"
        )
    )
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return [DayAvailability(day, max(0, product.units - used.get(day, 0))) for day in days]
