"""What is free day by day or hour by hour, for people to look at (domain rules D2.5, D2.8).

What is shown as free can be booked: a rental within a day or an hour, and one over several for the
least that they show, since the peak over all of them is the highest of their peaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from catalog.models import Product
from payments.domain.opening import Opening
from payments.domain.period import Period, days_of, hours_of, whole_day
from payments.services.demand import Demand, demands, exact_demands
from payments.services.needs import Need, needs_of, parts_of

UTC: Final = ZoneInfo("UTC")


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


def utc_calendar(product: Product, period: Period) -> list[DayAvailability]:
    """The UTC days that the period touches."""
    days = days_of(period, UTC)
    [free] = _by_day([product], days, UTC)
    return [DayAvailability(*pair) for pair in zip(days, free, strict=True)]


def day_calendars(
    products: Sequence[Product], period: Period, opening: Opening
) -> list[list[OpenDay]]:
    """For each product, the days of the shop that the period touches.

    In three queries for any number of products and days.
    """
    days = days_of(period, opening.zone)
    is_open = [bool(opening.hours_on(day)) for day in days]
    return [
        [OpenDay(*each) for each in zip(days, free, is_open, strict=True)]
        for free in _by_day(products, days, opening.zone)
    ]


def hour_calendar(product: Product, period: Period, opening: Opening) -> list[OpenHour]:
    """Each hour that the period touches, exactly; one query."""
    hours = hours_of(period, opening.zone)
    asked = _needs(product, hours)
    demand = exact_demands([need for needs in asked for need in needs])
    return [
        OpenHour(hour.start, _free(needs, demand), _opens_in(opening, hour))
        for hour, needs in zip(hours, asked, strict=True)
    ]


def _by_day(products: Sequence[Product], days: Sequence[date], zone: ZoneInfo) -> list[list[int]]:
    wholes = [whole_day(day, zone) for day in days]
    asked = [_needs(product, wholes) for product in products]
    demand = demands([need for of_product in asked for needs in of_product for need in needs])
    return [[_free(needs, demand) for needs in of_product] for of_product in asked]


def _needs(product: Product, periods: Sequence[Period]) -> list[list[Need]]:
    """What one unit takes in each of the periods; of a kit, what its parts do."""
    parts = parts_of(product)
    return [needs_of(product, parts, 1, period) for period in periods]


def _free(needs: Sequence[Need], demand: Mapping[UUID, Demand]) -> int:
    """How many more there is room for; a kit, as often as for the part that is free least."""
    left = [(need, need.units - demand[need.product_id].peak(need.occupied)) for need in needs]
    return max(0, min(units // need.quantity for need, units in left))


def _opens_in(opening: Opening, hour: Period) -> bool:
    chance = opening.next_open(hour.start, days=2)
    return chance is not None and chance < hour.end
