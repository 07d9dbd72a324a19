"""What is free, for people to look at. The gate does not ask here (domain rule D2.8)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from catalog.models import Product
from payments.domain.period import DAY, Period
from payments.models import ProductDay


@dataclass(frozen=True)
class DayAvailability:
    """`available_quantity` units are free the whole of that UTC day."""

    date: date
    available_quantity: int


@dataclass(frozen=True)
class Availability:
    product_id: str
    start: datetime
    end: datetime
    units: int
    available_quantity: int
    calendar: list[DayAvailability]


def availability(product: Product, period: Period) -> Availability:
    """Free units over the whole period, buffers included, and day by day (D2.5)."""
    occupied = period.widened(product.prep_time, product.turnaround_time)
    return Availability(
        product_id=str(product.pk),
        start=period.start,
        end=period.end,
        units=product.units,
        available_quantity=max(0, product.units - peak(product, occupied)),
        calendar=calendar(product, period),
    )


def peak(product: Product, period: Period) -> int:
    """The most units held at any one instant of `period`; the gate's own function."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payments_peak(%s, %s, %s, NULL)", [product.pk, period.start, period.end]
        )
        held: int = cursor.fetchone()[0]
    return held


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
