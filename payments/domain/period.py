"""When a rental is, and how long it counts (domain rules D2.1, D2.2, D3.1)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.errors import InvalidInput

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# A bound keeps the exact availability query on a short stretch of its index.
MAX_DURATION = timedelta(days=366)


@dataclass(frozen=True)
class Period:
    """The half-open interval `[start, end)` of two instants: touching periods do not meet.

    Whatever offsets they are given with, they are kept in UTC: Python compares two times of one
    zone by their wall clock, which is wrong on the day of a clock change.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput("Dates need an offset, such as 2024-01-15T10:00:00Z.")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise InvalidInput(
                "The rental must end after it starts.",
                errors={"rental_end_date": ["Must be later than the start."]},
            )

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def widened(self, before: timedelta, after: timedelta) -> "Period":
        """With preparation before and turnaround after: what is really occupied (D2.2)."""
        return Period(self.start - before, self.end + after)

    def after_days(self, days: int, zone: ZoneInfo) -> datetime:
        """The instant `days` days after the start on the shop's wall clock.

        A wall time that a clock change repeats or skips means its later instant, in the customer's
        favor.
        """
        wall = self.start.astimezone(zone).replace(tzinfo=None) + days * DAY
        return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))

    def days(self, zone: ZoneInfo, grace: timedelta) -> int:
        """Days on the shop's wall clock, at least one; up to `grace` over counts as nothing.

        Three days over the autumn clock change are three days, not four (D3.1).
        """
        days = max(1, self.duration // DAY)  # never too many: no clock moves by a day
        while self.end > self.after_days(days, zone) + grace:
            days += 1
        return days

    def hours_beyond(self, days: int, zone: ZoneInfo) -> int:
        """Whole or started hours of elapsed time after the first `days` wall-clock days."""
        rest = self.end - (self.after_days(days, zone) if days else self.start)
        return max(0, -(-rest // HOUR))


def instant_of(wall: datetime, zone: ZoneInfo, *, again: bool = False) -> datetime:
    """When the clock of `zone` gets to `wall`; `again`: the second time, if it is put back.

    A wall time that the clock skips is reached at the instant of the skip.
    """

    def shown(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    first, last = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if shown(first) == wall:
        return last if again else first
    while shown(first) < wall:
        first += MINUTE
    return first


@lru_cache(maxsize=4096)  # a calendar asks for the same days again and again
def whole_day(day: date, zone: ZoneInfo) -> Period:
    """From midnight to midnight on the clock of `zone`: 23 to 25 hours."""
    midnight = datetime.combine(day, time(0))
    return Period(instant_of(midnight, zone), instant_of(midnight + DAY, zone))


def days_of(period: Period, zone: tzinfo) -> list[date]:
    """The days on the calendar of `zone` that the period touches."""
    first = period.start.astimezone(zone).date()
    last = (period.end - timedelta.resolution).astimezone(zone).date()
    return [first + number * DAY for number in range((last - first).days + 1)]


def hours_of(period: Period, zone: ZoneInfo) -> list[Period]:
    """The hours that the period touches, from a full one on the clock of `zone`."""
    minutes = period.start.astimezone(zone)
    start = period.start - timedelta(
        minutes=minutes.minute, seconds=minutes.second, microseconds=minutes.microsecond
    )
    count = -((start - period.end) // HOUR)
    return [Period(start + n * HOUR, start + (n + 1) * HOUR) for n in range(count)]


def check_bookable(
    period: Period, *, now: datetime, horizon: timedelta, starts_anew: bool = True
) -> None:
    """Raises InvalidInput unless the period is ahead, near enough and not too long (D2.10).

    A start that stands already (`starts_anew` is False) may have passed.
    """
    if starts_anew and period.start < now:
        raise InvalidInput(
            "The rental cannot start in the past.",
            errors={"rental_start_date": ["Must be in the future."]},
        )
    if period.end > now + horizon:
        raise InvalidInput(
            f"Rentals can be booked up to {horizon.days} days ahead.",
            errors={"rental_end_date": [f"Must be within {horizon.days} days from now."]},
        )
    check_length(period)


def check_length(period: Period) -> None:
    """Raises InvalidInput for a period that nobody may book, staff included (D2.10)."""
    if period.duration > MAX_DURATION:
        raise InvalidInput(
            f"A rental may last {MAX_DURATION.days} days at most.",
            errors={"rental_end_date": [f"At most {MAX_DURATION.days} days after the start."]},
        )


def check_duration(
    period: Period, *, shortest: timedelta, longest: timedelta, product: str
) -> None:
    """Raises InvalidInput for a period that is too short or too long for `product` (D2.10)."""
    if period.duration < shortest:
        text = f"{product} is rented for at least {words_of(shortest)}."
    elif period.duration > longest:
        text = f"{product} is rented for at most {words_of(longest)}."
    else:
        return
    raise InvalidInput(text, errors={"rental_end_date": [text]})


def words_of(length: timedelta) -> str:
    """`1 hour`, `1.5 hours`, `3 days`: a length of time in a sentence."""
    hours = length / HOUR
    if hours >= 48:
        return f"{hours / 24:g} days"
    return "1 hour" if hours == 1 else f"{hours:g} hours"
