"""What is free day by day or hour by hour, for people to look at (domain rules D2.5, D2.8).

What is shown as free can be booked: a rental within a day or an hour, and one over several for the
least that they show, since the peak over all of them is the highest of their peaks.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from catalog.models import Product
from payments.domain.opening import Opening
from payments.domain.period import Period, days_of, hours_of, whole_day
from payments.models import ProductDay
from payments.services.availability import Availability, OpenDay, OpenHour, free_units
from payments.services.needs import Need, needs_of

# So many days are counted exactly; where more are partly taken, the day counters have to do.
EXACT_DAYS: Final = 400


def hour_calendar(product: Product, period: Period, opening: Opening) -> list[OpenHour]:
    """Each hour that the period touches, exactly; one query."""
    hours = hours_of(period, opening.zone)
    free = free_units([_need(product, hour) for hour in hours])
    return [
        OpenHour(hour.start, units, _opens_in(opening, hour))
        for hour, units in zip(hours, free, strict=True)
    ]


def availabilities(
    products: Sequence[Product], period: Period, opening: Opening
) -> list[Availability]:
    """Free units of each product over the whole period, and its calendar by days of the shop."""
    free = free_units([_need(product, period) for product in products])
    calendars = day_calendars(products, period, opening)
    return [
        Availability(str(product.pk), period.start, period.end, product.units, units, calendar)
        for product, units, calendar in zip(products, free, calendars, strict=True)
    ]


def day_calendars(
    products: Sequence[Product], period: Period, opening: Opening
) -> list[list[OpenDay]]:
    """For each product, the days of the shop that the period touches.

    In two queries for any number of products and days. The day counters prove what is free. Where
    they show something taken, the gate's own function is asked, for the first `EXACT_DAYS` of such
    days; all others show what the counters leave, which is never too much.
    """
    days = days_of(period, opening.zone)
    wholes = [whole_day(day, opening.zone) for day in days]
    asked = [_need(product, whole) for whole in wholes for product in products]
    free = _free(asked) if asked else []
    is_open = [bool(opening.hours_on(day)) for day in days]
    return [
        [OpenDay(*each) for each in zip(days, free[place :: len(products)], is_open, strict=True)]
        for place in range(len(products))
    ]


def _free(asked: Sequence[Need]) -> list[int]:
    held = _held_by_counters(asked)
    free = [max(0, need.units - units) for need, units in zip(asked, held, strict=True)]
    crowded = [place for place, units in enumerate(held) if units][:EXACT_DAYS]
    for place, units in zip(crowded, free_units([asked[n] for n in crowded]), strict=True):
        free[place] = units
    return free


def _held_by_counters(asked: Sequence[Need]) -> list[int]:
    """For each, the highest counter of the UTC days that its period touches."""
    first = min(need.occupied.start for need in asked)
    last = max(need.occupied.end for need in asked)
    counters = {
        (product, day): used
        for product, day, used in ProductDay.objects.filter(
            product__in={need.product_id for need in asked},
            day__range=(first.date(), last.date()),
        ).values_list("product", "day", "used")
    }
    return [
        max(counters.get((need.product_id, day), 0) for day in days_of(need.occupied, UTC))
        for need in asked
    ]


def _need(product: Product, period: Period) -> Need:
    [need] = needs_of(product, (), 1, period)
    return need


def _opens_in(opening: Opening, hour: Period) -> bool:
    chance = opening.next_open(hour.start, days=2)
    return chance is not None and chance < hour.end
