"""What is free, for people to look at. The gate does not ask here (domain rule D2.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from catalog.models import Product
from common.prepared import fetch
from payments.domain.opening import Opening
from payments.domain.period import Period
from payments.services.calendars import (
    DayAvailability,
    OpenHour,
    day_calendars,
    hour_calendar,
    utc_calendar,
)
from payments.services.needs import Need, needs_of, parts_of


@dataclass(frozen=True)
class Availability:
    product_id: str
    start: datetime
    end: datetime
    units: int
    available_quantity: int
    calendar: Sequence[DayAvailability | OpenHour]


def availability(product: Product, period: Period) -> Availability:
    """Free units over the whole period, buffers included, and by UTC day (D2.5)."""
    [free] = _free_over([product], period)
    return _availability(product, period, free, utc_calendar(product, period))


def availability_by_hour(product: Product, period: Period, opening: Opening) -> Availability:
    """The same with the hours of the shop."""
    [free] = _free_over([product], period)
    return _availability(product, period, free, hour_calendar(product, period, opening))


def availability_by_day(
    products: Sequence[Product], period: Period, opening: Opening
) -> list[Availability]:
    """The same for several products, with the days of the shop."""
    if not products:
        return []
    free = _free_over(products, period)
    calendars = day_calendars(products, period, opening)
    return [
        _availability(product, period, units, calendar)
        for product, units, calendar in zip(products, free, calendars, strict=True)
    ]


def _availability(
    product: Product, period: Period, free: int, calendar: Sequence[DayAvailability | OpenHour]
) -> Availability:
    units = product.units_in_service
    return Availability(str(product.pk), period.start, period.end, units, free, calendar)


def _free_over(products: Sequence[Product], period: Period) -> list[int]:
    """How many of each product there are for the whole period; of a kit, as its parts allow."""
    asked = [needs_of(product, parts_of(product), 1, period) for product in products]
    free = iter(free_units([need for needs in asked for need in needs]))
    return [min(next(free) // need.quantity for need in needs) for needs in asked]


def free_units(needs: Sequence[Need], *, besides: UUID | None = None) -> list[int]:
    """For each need, the units that are free while it is occupied; one query for all.

    It is the gate's own function that counts. What the order `besides` holds counts as free.
    """
    asked = fetch(
        _PEAKS,
        [
            besides,
            [need.product_id for need in needs],
            [need.occupied.start for need in needs],
            [need.occupied.end for need in needs],
        ],
    )
    return [max(0, need.units - peak) for need, (peak,) in zip(needs, asked, strict=True)]


_PEAKS: Final = """
SELECT payments_peak(product, starts_at, ends_at, %s::uuid)
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[])
    WITH ORDINALITY AS wanted (product, starts_at, ends_at, place)
ORDER BY place
"""
