"""C10, D3.1: days are counted on the shop's wall clock, whatever the clock does at night."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments.domain.period import DAY, HOUR, Period
from payments.domain.pricing import PriceRule, Tier, TierUnit, cheapest_cover
from payments.domain.pricing.placement import cheapest_laid
from payments.domain.pricing.rules import mean_factor

GRACE: Final = timedelta(minutes=59)
MINUTE: Final = timedelta(minutes=1)

# Zone, and the Sundays of 2027 on which its clock goes forward and back. Lord Howe moves by half
# an hour, and on the other side of the year.
CHANGES: Final = {
    "Europe/Berlin": ("2027-03-28", "2027-10-31"),
    "America/New_York": ("2027-03-14", "2027-11-07"),
    "Australia/Lord_Howe": ("2027-10-03", "2027-04-04"),
}
ZONES: Final = [ZoneInfo(name) for name in CHANGES]
EVERY_CHANGE: Final = [(name, day) for name, days in CHANGES.items() for day in days]


def wall(day: str, clock: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(("name", "day"), EVERY_CHANGE)
def test_three_days_over_a_clock_change_are_three_days(name: str, day: str) -> None:
    zone = ZoneInfo(name)
    end = wall(day, "10:00", zone) + DAY  # of wall clock
    period = Period(end - 3 * DAY, end)
    assert period.duration != 3 * DAY  # the change is really in it
    assert period.days(zone, GRACE) == 3


@pytest.mark.parametrize(("name", "day"), EVERY_CHANGE)
@pytest.mark.parametrize(
    ("back", "days"),
    [("09:59", 1), ("10:00", 1), ("10:59", 1), ("11:00", 2), ("11:01", 2), ("23:59", 2)],
)
def test_on_the_day_of_the_change_the_clock_on_the_wall_decides(
    name: str, day: str, back: str, days: int
) -> None:
    zone = ZoneInfo(name)
    period = Period(wall(day, "10:00", zone) - DAY, wall(day, back, zone))
    assert period.days(zone, GRACE) == days


@pytest.mark.parametrize(("name", "day"), EVERY_CHANGE)
def test_hours_are_elapsed_time_also_over_a_clock_change(name: str, day: str) -> None:
    zone = ZoneInfo(name)
    start = (wall(day, "12:00", zone) - DAY).astimezone(UTC)
    for hours in (1, 13, 24, 25):
        assert Period(start, start + hours * HOUR).hours_beyond(0, zone) == hours


def test_an_hour_that_the_clock_repeats_counts_in_the_customer_s_favor() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = wall("2027-10-30", "02:30", zone)
    second_time = wall("2027-10-31", "02:30", zone, fold=1)
    assert second_time.astimezone(UTC) - start.astimezone(UTC) == 25 * HOUR
    assert Period(start, second_time).days(zone, GRACE) == 1


def test_an_hour_that_the_clock_skips_counts_in_the_customer_s_favor() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = wall("2027-03-27", "02:30", zone)
    after_24_hours = start.astimezone(UTC) + DAY  # 03:30: there is no 02:30 that night
    assert Period(start, after_24_hours).days(zone, GRACE) == 1
    assert Period(start, after_24_hours + GRACE + MINUTE).days(zone, GRACE) == 2


days_of_2027 = st.dates(date(2027, 1, 2), date(2027, 12, 20))
daytime = st.integers(4 * 60, 23 * 60 - 1)  # minutes of the day, away from the nightly changes


@given(st.sampled_from(ZONES), days_of_2027, daytime, st.integers(1, 400), daytime)
def test_by_day_the_count_is_the_rule_s_own_formula(
    zone: ZoneInfo, first: date, starts: int, nights: int, ends: int
) -> None:
    """ceil((wall_end - wall_start - grace) / 24 h), at least 1."""
    midnight = datetime.combine(first, datetime.min.time())
    wall_start = midnight + starts * MINUTE
    wall_end = midnight + nights * DAY + ends * MINUTE
    period = Period(wall_start.replace(tzinfo=zone), wall_end.replace(tzinfo=zone))
    assert period.days(zone, GRACE) == max(1, -(-(wall_end - wall_start - GRACE) // DAY))


instants = st.integers(0, 365 * 24 * 60).map(
    lambda n: datetime(2027, 1, 1, tzinfo=UTC) + n * MINUTE
)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=40))


@given(st.sampled_from(ZONES), instants, lengths, lengths)
@example(ZONES[0], datetime(2027, 10, 30, 0, 30, tzinfo=UTC), 25 * HOUR, 26 * HOUR)
@example(ZONES[0], datetime(2027, 3, 27, 1, 30, tzinfo=UTC), 24 * HOUR, 25 * HOUR)
def test_a_later_end_never_means_fewer_days(
    zone: ZoneInfo, start: datetime, one: timedelta, other: timedelta
) -> None:
    shorter, longer = sorted((one, other))
    assert Period(start, start + shorter).days(zone, GRACE) <= Period(start, start + longer).days(
        zone, GRACE
    )


@given(st.sampled_from(ZONES), instants, lengths)
def test_the_days_counted_reach_the_end_and_one_fewer_does_not(
    zone: ZoneInfo, start: datetime, length: timedelta
) -> None:
    period = Period(start, start + length)
    days = period.days(zone, GRACE)
    assert period.after_days(days, zone) + GRACE >= period.end
    assert days == 1 or period.after_days(days - 1, zone) + GRACE < period.end


BY_DAY, BY_HOUR = Tier(TierUnit.DAY, 1, 10_000), Tier(TierUnit.HOUR, 1, 100)
SUNDAYS = PriceRule("Sunday", Decimal(100), weekdays=frozenset({7}))


@pytest.mark.parametrize(
    ("name", "hours"),  # begun hours from ten to ten, forward and back
    [
        ("Europe/Berlin", (23, 25)),
        ("America/New_York", (23, 25)),
        ("Australia/Lord_Howe", (24, 25)),
    ],
)
def test_over_a_clock_change_a_day_is_a_day_and_hours_are_elapsed(
    name: str, hours: tuple[int, int]
) -> None:
    """Lord Howe's clock moves by half an hour: 23 and a half hours are 24 begun ones."""
    zone = ZoneInfo(name)
    for day, begun in zip(CHANGES[name], hours, strict=True):
        end = wall(day, "10:00", zone)
        period = Period(end - DAY, end)  # of wall clock
        assert cheapest_cover((BY_DAY,), period, zone).amount_minor == 10_000
        assert cheapest_cover((BY_HOUR,), period, zone).amount_minor == begun * 100


@pytest.mark.parametrize(("name", "day"), EVERY_CHANGE)
def test_over_a_clock_change_rules_go_by_the_days_of_the_shop_s_calendar(
    name: str, day: str
) -> None:
    """All changes are on Sundays: Saturday costs once, Sunday twice, and Monday once."""
    zone = ZoneInfo(name)
    saturday = wall(day, "10:00", zone) - DAY
    for days, amount in ((1, 10_000), (2, 30_000), (3, 40_000)):
        period = Period(saturday, saturday + days * DAY)
        laid = cheapest_laid((BY_DAY,), (SUNDAYS,), period, zone)
        factors = [mean_factor((SUNDAYS,), part.days) for part in laid]
        assert sum(factors) * 10_000 == amount
