"""A month of a product's free days, as its page shows it."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.utils import timezone

from catalog.models import Product
from payments.domain.opening import Opening
from payments.domain.period import DAY, Period, whole_day
from payments.services.calendars import day_calendars

LONGEST_MONTH: Final = 31 * DAY


@dataclass(frozen=True)
class Cell:
    """A day; `free` is None where it is over."""

    day: date
    free: int | None
    is_open: bool

    @property
    def can_begin(self) -> bool:
        """Whether a rental can begin on that day."""
        return bool(self.free) and self.is_open

    @property
    def words(self) -> str:
        if self.free is None:
            return "over"
        if not self.is_open:
            return "closed"
        return f"{self.free} free" if self.free else "none free"


@dataclass(frozen=True)
class Month:
    """`weeks` begin on Monday; days of other months are None."""

    first: date
    weeks: list[list[Cell | None]]
    before: date | None
    after: date | None


def month_of(product: Product, asked: str, opening: Opening) -> Month:
    """The month `asked` ("2027-03"), or the first that can be booked, with what is free each day.

    Between the present month and the last that can be booked; anything else is the present one.
    """
    now = timezone.now()
    today = now.astimezone(opening.zone).date()
    last = (now + settings.BOOKING_HORIZON).astimezone(opening.zone).date()
    first = _read(asked)
    if not (first and today.replace(day=1) <= first <= last):
        first = today.replace(day=1)
    cells = _cells(product, first, today, opening)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    before, after = (first - DAY).replace(day=1), (first + LONGEST_MONTH).replace(day=1)
    return Month(
        first,
        [[cells.get(day) for day in week] for week in weeks],
        before=before if before >= today.replace(day=1) else None,
        after=after if after <= last else None,
    )


def _read(asked: str) -> date | None:
    try:
        return datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return None


def _cells(product: Product, first: date, today: date, opening: Opening) -> dict[date, Cell]:
    after = (first + LONGEST_MONTH).replace(day=1)
    period = Period(whole_day(first, opening.zone).start, whole_day(after, opening.zone).start)
    [days] = day_calendars([product], period, opening)
    return {
        day.date: Cell(day.date, day.available_quantity if day.date >= today else None, day.is_open)
        for day in days
    }
