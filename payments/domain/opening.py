"""When the shop is open for pickup and return, on its own clock (domain rule D2.10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import InvalidInput
from payments.domain.period import DAY, MINUTE, Period, instant_of, words_of

MIDNIGHT: Final = time(0)
# A shop that is closed for longer than this has no next pickup worth telling of.
_SEARCH: Final = 366


@dataclass(frozen=True)
class Hours:
    """From `opens_at` to `closes_at` on each `weekday` (ISO: Monday is 1).

    A closing time of 00:00 is the midnight at which the day ends.
    """

    weekday: int
    opens_at: time
    closes_at: time

    def __str__(self) -> str:
        closes = "24:00" if self.closes_at == MIDNIGHT else f"{self.closes_at:%H:%M}"
        return f"{self.opens_at:%H:%M} to {closes}"


@dataclass(frozen=True)
class Closure:
    """The shop is closed from `first_on` to `last_on`, both included."""

    first_on: date
    last_on: date
    reason: str = ""

    def covers(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True)
class Opening:
    """The shop's weekly hours and closed days. No hours at all: open day and night."""

    hours: tuple[Hours, ...]
    closures: tuple[Closure, ...]
    zone: ZoneInfo

    @property
    def is_always(self) -> bool:
        return not self.hours and not self.closures

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """The hours of one day on the shop's calendar, earliest first; none when it is closed."""
        if any(closure.covers(day) for closure in self.closures):
            return ()
        if not self.hours:
            return (Hours(day.isoweekday(), MIDNIGHT, MIDNIGHT),)
        hours = (each for each in self.hours if each.weekday == day.isoweekday())
        return tuple(sorted(hours, key=lambda each: each.opens_at))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody can come at `at`; the closing time itself is still good."""
        return self.next_open(at, days=1) == at

    def next_open(self, at: datetime, *, days: int = _SEARCH) -> datetime | None:
        """The first instant from `at` on when the shop is open; None if that is `days` away."""
        today = at.astimezone(self.zone).date()
        for number in range(-1, days):  # yesterday may close at midnight, which is today
            for opens, closes in self._spans(today + number * DAY):
                if at <= closes:
                    return max(at, opens)
        return None

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for each in self.hours_on(day):
            opens = datetime.combine(day, each.opens_at)
            closes = datetime.combine(day, each.closes_at)
            if closes <= opens:
                closes = datetime.combine(day + DAY, MIDNIGHT)
            span = instant_of(opens, self.zone), instant_of(closes, self.zone, again=True)
            if span[0] < span[1]:  # or the clock skipped it that night
                yield span


def check_opening(opening: Opening, period: Period) -> None:
    """Raises InvalidInput, with the next chance, unless pickup and return find the shop open.

    In between it may be closed.
    """
    if opening.is_always:
        return
    _check_open(opening, period.start, "pickup", "rental_start_date")
    _check_open(opening, period.end, "return", "rental_end_date")


def check_return(opening: Opening, period: Period) -> None:
    """The same where the pickup was agreed before, or has been."""
    if not opening.is_always:
        _check_open(opening, period.end, "return", "rental_end_date")


def _check_open(opening: Opening, at: datetime, act: str, field: str) -> None:
    chance = opening.next_open(at)
    if chance == at:
        return
    text = _closed(opening, at.astimezone(opening.zone).date())
    if chance is not None:
        text += f"; the next {act} is possible on {words_of_time(chance, opening.zone)}"
    raise InvalidInput(f"{text}.", errors={field: [f"{text}."]})


def _closed(opening: Opening, day: date) -> str:
    hours = opening.hours_on(day)
    if hours:
        return f"On {words_of_day(day)} we are open from {' and '.join(map(str, hours))}"
    reasons = (closure.reason for closure in opening.closures if closure.covers(day))
    reason = next(filter(None, reasons), "")
    return f"We are closed on {words_of_day(day)}" + (f" ({reason})" if reason else "")


def check_lead_time(
    opening: Opening, start: datetime, *, now: datetime, lead: timedelta, product: str
) -> None:
    """Raises InvalidInput, with the first chance, for a pickup within `lead` from now."""
    if start >= now + lead:
        return
    text = f"{product} has to be booked {words_of(lead)} before the pickup"
    chance = opening.next_open(_whole_minute(now + lead))
    if chance is not None:
        text += f"; the next pickup is possible on {words_of_time(chance, opening.zone)}"
    raise InvalidInput(f"{text}.", errors={"rental_start_date": [f"{text}."]})


def _whole_minute(at: datetime) -> datetime:
    """Not before `at`: what is told in minutes must be good to the second."""
    return at + -timedelta(seconds=at.second, microseconds=at.microsecond) % MINUTE


def words_of_day(day: date) -> str:
    """`Sunday, 29 March`."""
    return f"{day:%A}, {day.day} {day:%B}"


def words_of_time(at: datetime, zone: ZoneInfo) -> str:
    """`Monday, 30 March, 09:00`, on the shop's clock."""
    wall = at.astimezone(zone)
    return f"{words_of_day(wall.date())}, {wall:%H:%M}"
