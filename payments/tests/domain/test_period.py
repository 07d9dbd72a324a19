"""D2.1, D2.2, D2.10: when a rental is, and which periods can be booked."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from payments.domain.period import DAY, HOUR, MAX_DURATION, Period, check_bookable, whole_day

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
GRACE = timedelta(minutes=59)
MICROSECOND = timedelta(microseconds=1)

instants = st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: NOON + minutes * HOUR / 60)


@pytest.mark.parametrize("length", [timedelta(0), -MICROSECOND, -DAY])
def test_a_period_that_does_not_end_after_it_starts_is_refused(length: timedelta) -> None:
    """C03"""
    with pytest.raises(InvalidInput) as refused:
        Period(NOON, NOON + length)
    assert "rental_end_date" in refused.value.errors


def test_the_shortest_period_is_a_microsecond() -> None:
    assert Period(NOON, NOON + MICROSECOND).duration == MICROSECOND


@pytest.mark.parametrize("side", ["start", "end"])
def test_a_time_without_an_offset_is_refused(side: str) -> None:
    """C10, D3.1"""
    times = {"start": NOON, "end": NOON + DAY}
    times[side] = times[side].replace(tzinfo=None)
    with pytest.raises(InvalidInput, match="offset"):
        Period(**times)


def test_offsets_name_instants_and_nothing_else() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert Period(NOON.astimezone(tokyo), (NOON + DAY).astimezone(BERLIN)) == Period(
        NOON, NOON + DAY
    )


def test_times_of_one_zone_are_compared_as_instants_in_the_repeated_hour() -> None:
    first = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN)
    later = datetime(2027, 10, 31, 2, 15, fold=1, tzinfo=BERLIN)  # 45 minutes after the first
    assert Period(first, later).duration == timedelta(minutes=45)
    assert Period(first, later) == Period(first.astimezone(UTC), later.astimezone(UTC))
    with pytest.raises(InvalidInput):
        Period(later, first)


def test_buffers_are_elapsed_time_also_over_a_clock_change() -> None:
    """D2.2"""
    start = datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN)
    occupied = Period(start, start + DAY).widened(timedelta(hours=2), timedelta(hours=3))
    assert start.astimezone(UTC) - occupied.start == timedelta(hours=2)
    assert occupied.end - (start + DAY).astimezone(UTC) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("length", "days"),
    [
        (MICROSECOND, 1),
        (HOUR, 1),
        (DAY, 1),
        (DAY + GRACE, 1),
        (DAY + GRACE + MICROSECOND, 2),
        (DAY + HOUR, 2),
        (2 * DAY, 2),
        (7 * DAY, 7),
        (366 * DAY, 366),
        (366 * DAY + HOUR, 367),
    ],
)
def test_days_are_counted_up_from_one_with_some_minutes_of_grace(
    length: timedelta, days: int
) -> None:
    assert Period(NOON, NOON + length).days(ZoneInfo("UTC"), GRACE) == days


@pytest.mark.parametrize(
    ("length", "days", "hours"),
    [
        (MICROSECOND, 0, 1),
        (HOUR, 0, 1),
        (HOUR + MICROSECOND, 0, 2),
        (3 * HOUR, 0, 3),
        (DAY + 3 * HOUR, 1, 3),
        (DAY + 3 * HOUR, 0, 27),
        (DAY, 1, 0),
        (HOUR, 1, 0),
    ],
)
def test_hours_beyond_the_days_are_started_hours_of_elapsed_time(
    length: timedelta, days: int, hours: int
) -> None:
    assert Period(NOON, NOON + length).hours_beyond(days, BERLIN) == hours


@given(instants, st.timedeltas(MICROSECOND, timedelta(days=400)))
def test_in_a_zone_without_clock_changes_days_are_the_plain_division(
    start: datetime, length: timedelta
) -> None:
    days = Period(start, start + length).days(ZoneInfo("Asia/Tokyo"), GRACE)
    assert days == max(1, -(-(length - GRACE) // DAY))


HORIZON = timedelta(days=730)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOON, NOON + DAY),
        (NOON, NOON + MAX_DURATION),
        (NOON + HORIZON - DAY, NOON + HORIZON),
    ],
)
def test_periods_at_the_bounds_can_be_booked(start: datetime, end: datetime) -> None:
    check_bookable(Period(start, end), now=NOON, horizon=HORIZON)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOON - MICROSECOND, NOON + DAY, "rental_start_date"),
        (NOON - 400 * DAY, NOON - 399 * DAY, "rental_start_date"),
        (NOON, NOON + MAX_DURATION + MICROSECOND, "rental_end_date"),
        (NOON + HORIZON - DAY, NOON + HORIZON + MICROSECOND, "rental_end_date"),
        (NOON.replace(year=2199), NOON.replace(year=2200), "rental_end_date"),
    ],
)
def test_past_far_and_endless_periods_are_refused_with_the_field(
    start: datetime, end: datetime, field: str
) -> None:
    """C03"""
    with pytest.raises(InvalidInput) as refused:
        check_bookable(Period(start, end), now=NOON, horizon=HORIZON)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("place", "day", "start", "hours"),
    [
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC), 23),
    ],
    ids=["midnight comes twice", "midnight is skipped"],
)
def test_a_day_begins_when_its_clock_first_shows_it(
    place: str, day: date, start: datetime, hours: int
) -> None:
    """Where clocks change at midnight, neighboring days still meet."""
    zone = ZoneInfo(place)
    whole = whole_day(day, zone)
    assert (whole.start, whole.duration) == (start, hours * HOUR)
    assert whole_day(day - DAY, zone).end == whole.start
    assert whole_day(day + DAY, zone).start == whole.end
