"""D2.10: pickup and return fall into the shop's opening hours, on the shop's own clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.errors import InvalidInput
from payments.domain.opening import (
    MIDNIGHT,
    Closure,
    Hours,
    Opening,
    check_lead_time,
    check_opening,
)
from payments.domain.period import DAY, HOUR, Period

BERLIN: Final = ZoneInfo("Europe/Berlin")
NEW_YORK: Final = ZoneInfo("America/New_York")
LORD_HOWE: Final = ZoneInfo("Australia/Lord_Howe")
MINUTE: Final = timedelta(minutes=1)
MICROSECOND: Final = timedelta(microseconds=1)


def hours(weekdays: str, opens: str, closes: str) -> tuple[Hours, ...]:
    """`hours("12345", "09:00", "18:00")`: the same hours on some weekdays, Monday is 1."""
    return tuple(
        Hours(int(day), time.fromisoformat(opens), time.fromisoformat(closes)) for day in weekdays
    )


EASTER: Final = Closure(date(2027, 3, 28), date(2027, 3, 29), "Easter")
# Weekdays with a break, Saturdays in the morning, never on Sundays.
WEEK: Final = (
    hours("12345", "09:00", "12:00")
    + hours("12345", "14:00", "18:00")
    + hours("6", "09:00", "13:00")
)
SHOP: Final = Opening(WEEK, (EASTER,), BERLIN)


def on(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2027-06-02T08:59:59", False),
        ("2027-06-02T09:00", True),
        ("2027-06-02T12:00", True),  # the closing time itself
        ("2027-06-02T12:00:00.000001", False),
        ("2027-06-02T13:00", False),
        ("2027-06-02T14:00", True),
        ("2027-06-02T18:00", True),
        ("2027-06-02T18:01", False),
        ("2027-06-05T13:00", True),
        ("2027-06-05T14:30", False),
        ("2027-06-06T10:00", False),
        ("2027-03-29T10:00", False),  # a Monday, but Easter
        ("2027-03-30T10:00", True),
    ],
)
def test_the_shop_is_open_in_its_hours_and_at_their_very_ends(at: str, is_open: bool) -> None:
    assert SHOP.is_open(on(at)) is is_open


def test_what_counts_is_the_shop_s_clock_and_not_the_customer_s() -> None:
    assert SHOP.is_open(datetime(2027, 6, 2, 7, tzinfo=UTC))
    assert SHOP.is_open(on("2027-06-02T03:00", NEW_YORK))
    assert not SHOP.is_open(datetime(2027, 6, 2, 17, tzinfo=UTC))


def test_without_any_hours_the_shop_is_always_open() -> None:
    always = Opening((), (), BERLIN)
    assert always.is_always
    assert always.is_open(on("2027-06-06T03:17"))
    check_opening(always, Period(on("2027-06-06T03:17"), on("2027-06-06T23:59")))


def test_closed_days_hold_also_for_a_shop_without_hours() -> None:
    shop = Opening((), (EASTER,), BERLIN)
    assert shop.is_open(on("2027-03-27T23:59"))
    assert not shop.is_open(on("2027-03-28T00:00:01"))
    assert not shop.is_open(on("2027-03-29T23:59"))
    assert shop.is_open(on("2027-03-30T00:00"))


def test_a_closing_time_of_midnight_is_the_end_of_the_day() -> None:
    shop = Opening(hours("5", "18:00", "00:00") + hours("6", "00:00", "02:00"), (), BERLIN)
    for at, is_open in [
        ("2027-06-04T17:59", False),
        ("2027-06-04T23:59", True),
        ("2027-06-05T00:00", True),
        ("2027-06-05T02:00", True),
        ("2027-06-05T02:01", False),
        ("2027-06-04T00:00", False),
    ]:
        assert shop.is_open(on(at)) is is_open, at


def test_midnight_itself_is_still_good_where_only_yesterday_was_open() -> None:
    shop = Opening(hours("5", "18:00", "00:00"), (), BERLIN)
    assert shop.is_open(on("2027-06-05T00:00"))
    assert not shop.is_open(on("2027-06-05T00:00") + MICROSECOND)


# Each night the clock moves forward over the first wall time and back over the second.
NIGHTS: Final = [
    (BERLIN, "2027-03-28T02:30", "2027-10-31T02:30"),
    (NEW_YORK, "2027-03-14T02:30", "2027-11-07T01:30"),
    (LORD_HOWE, "2027-10-03T02:15", "2027-04-04T01:45"),
]


@pytest.mark.parametrize(("zone", "skipped", "repeated"), NIGHTS)
def test_opening_at_a_time_that_the_clock_skips_is_at_the_skip(
    zone: ZoneInfo, skipped: str, repeated: str
) -> None:
    wall = datetime.fromisoformat(skipped)
    shop = Opening((Hours(7, wall.time(), time(12)),), (), zone)
    before = on(f"{wall.date()}T00:30", zone)
    opens = shop.next_open(before)
    assert opens is not None
    assert opens.astimezone(zone).replace(tzinfo=None) > wall
    assert (opens - MINUTE).astimezone(zone).replace(tzinfo=None) < wall
    assert not shop.is_open(opens - MICROSECOND)


@pytest.mark.parametrize(("zone", "skipped", "repeated"), NIGHTS)
def test_hours_that_the_clock_skips_are_none(zone: ZoneInfo, skipped: str, repeated: str) -> None:
    wall = datetime.fromisoformat(skipped)
    shop = Opening((Hours(7, wall.time(), (wall + 5 * MINUTE).time()),), (), zone)
    midnight = on(f"{wall.date()}T00:00", zone)
    assert shop.next_open(midnight) == on((wall + 7 * DAY).isoformat(), zone)


@pytest.mark.parametrize(("zone", "skipped", "repeated"), NIGHTS)
def test_closing_at_a_time_that_comes_twice_is_at_the_second(
    zone: ZoneInfo, skipped: str, repeated: str
) -> None:
    wall = datetime.fromisoformat(repeated)
    shop = Opening((Hours(7, time(0), wall.time()),), (), zone)
    second = on(repeated, zone, fold=1).astimezone(UTC)
    assert shop.is_open(on(repeated, zone))
    assert shop.is_open(second)
    assert not shop.is_open(second + MINUTE)


@pytest.mark.parametrize(("zone", "skipped", "repeated"), NIGHTS)
def test_opening_at_a_time_that_comes_twice_is_at_the_first(
    zone: ZoneInfo, skipped: str, repeated: str
) -> None:
    wall = datetime.fromisoformat(repeated)
    shop = Opening((Hours(7, wall.time(), time(12)),), (), zone)
    assert shop.next_open(on(f"{wall.date()}T00:00", zone)) == on(repeated, zone).astimezone(UTC)


@pytest.mark.parametrize(("zone", "skipped", "repeated"), NIGHTS)
@pytest.mark.parametrize("night", [1, 2])
def test_by_day_the_clock_on_the_wall_decides_on_the_day_of_a_change(
    zone: ZoneInfo, skipped: str, repeated: str, night: int
) -> None:
    day = (skipped, repeated)[night - 1][:10]
    shop = Opening(hours("7", "09:00", "18:00"), (), zone)
    for clock, is_open in [("08:59", False), ("09:00", True), ("18:00", True), ("18:01", False)]:
        assert shop.is_open(on(f"{day}T{clock}", zone)) is is_open, clock


REFUSALS: Final = [
    (
        "2027-03-28T10:00",
        "We are closed on Sunday, 28 March (Easter); the next pickup is possible on Tuesday,"
        " 30 March, 09:00.",
    ),
    (
        "2027-06-06T10:00",
        "We are closed on Sunday, 6 June; the next pickup is possible on Monday, 7 June, 09:00.",
    ),
    (
        "2027-06-02T13:00",
        "On Wednesday, 2 June we are open from 09:00 to 12:00 and 14:00 to 18:00; the next pickup"
        " is possible on Wednesday, 2 June, 14:00.",
    ),
    (
        "2027-06-05T14:00",
        "On Saturday, 5 June we are open from 09:00 to 13:00; the next pickup is possible on"
        " Monday, 7 June, 09:00.",
    ),
]


@pytest.mark.parametrize(("start", "text"), REFUSALS)
def test_a_refused_pickup_names_the_next_chance(start: str, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_opening(SHOP, Period(on(start), on("2027-07-01T10:00")))
    assert refused.value.message == text
    assert refused.value.errors == {"rental_start_date": [text]}


def test_a_refused_return_names_the_next_chance() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_opening(SHOP, Period(on("2027-06-02T10:00"), on("2027-06-06T10:00")))
    text = "We are closed on Sunday, 6 June; the next return is possible on Monday, 7 June, 09:00."
    assert refused.value.errors == {"rental_end_date": [text]}


def test_a_rental_may_run_over_closed_days() -> None:
    check_opening(SHOP, Period(on("2027-03-27T13:00"), on("2027-03-30T09:00")))


def test_a_shop_that_is_closed_for_good_names_no_next_chance() -> None:
    shop = Opening(WEEK, (Closure(date(2027, 1, 1), date(2030, 1, 1), "We moved"),), BERLIN)
    with pytest.raises(InvalidInput) as refused:
        check_opening(shop, Period(on("2027-06-02T10:00"), on("2027-06-03T10:00")))
    assert refused.value.message == "We are closed on Wednesday, 2 June (We moved)."


def test_a_day_that_closes_at_midnight_is_told_so() -> None:
    shop = Opening(hours("3", "18:00", "00:00"), (), BERLIN)
    with pytest.raises(InvalidInput, match="open from 18:00 to 24:00"):
        check_opening(shop, Period(on("2027-06-02T10:00"), on("2027-06-02T20:00")))


# --- Lead time ------------------------------------------------------------------------------------
NOW: Final = on("2027-06-04T16:30:20")  # a Friday


@pytest.mark.parametrize("lead", [timedelta(0), HOUR, DAY])
def test_a_pickup_may_be_as_soon_as_the_lead_time_and_no_sooner(lead: timedelta) -> None:
    always = Opening((), (), BERLIN)
    check_lead_time(always, NOW + lead, now=NOW, lead=lead, product="Canoe")
    with pytest.raises(InvalidInput):
        check_lead_time(always, NOW + lead - MICROSECOND, now=NOW, lead=lead, product="Canoe")


@pytest.mark.parametrize(
    ("lead", "text"),
    [
        (HOUR, "1 hour before the pickup; the next pickup is possible on Friday, 4 June, 17:31."),
        (2 * HOUR, "2 hours before the pickup; the next pickup is possible on Saturday, 5 June,"),
        (DAY, "24 hours before the pickup; the next pickup is possible on Monday, 7 June, 09:00."),
        (3 * DAY, "3 days before the pickup; the next pickup is possible on Monday, 7 June, 16:31"),
    ],
)
def test_what_is_too_soon_names_a_pickup_that_is_in_time_and_in_hours(
    lead: timedelta, text: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_lead_time(SHOP, NOW, now=NOW, lead=lead, product="Canoe")
    assert refused.value.message.startswith(f"Canoe has to be booked {text}")
    assert list(refused.value.errors) == ["rental_start_date"]


# --- Properties -----------------------------------------------------------------------------------
quarters = st.integers(0, 24 * 4 - 1).map(lambda n: time(n // 4, n % 4 * 15))
some_hours = st.builds(Hours, st.integers(1, 7), quarters, quarters).filter(
    lambda each: each.closes_at == MIDNIGHT or each.opens_at < each.closes_at
)
some_closures = st.builds(
    lambda first, length: Closure(first, first + length * DAY),
    st.dates(date(2027, 1, 1), date(2027, 12, 31)),
    st.integers(0, 3),
)
openings = st.builds(
    Opening,
    st.lists(some_hours, max_size=6).map(tuple),
    st.lists(some_closures, max_size=3).map(tuple),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE]),
)
nights = st.sampled_from(
    [on(day[:10], zone).astimezone(UTC) for zone, *days in NIGHTS for day in days]
)
instants = st.builds(lambda night, n: night + n * 15 * MINUTE, nights, st.integers(-96, 192))


@given(openings, instants)
@settings(max_examples=200)
def test_the_next_opening_is_open_and_nothing_before_it_is(shop: Opening, at: datetime) -> None:
    chance = shop.next_open(at, days=4)
    if chance is not None:
        assert chance >= at
        assert shop.is_open(chance)
    until = at + 3 * DAY if chance is None else min(chance, at + 3 * DAY)
    quarter = at
    while quarter < until:
        assert not shop.is_open(quarter)
        quarter += 15 * MINUTE


@given(openings, instants)
@example(Opening(hours("7", "01:00", "02:15"), (), BERLIN), on("2027-10-31T02:30"))
def test_by_day_open_means_what_the_clock_on_the_wall_says(shop: Opening, at: datetime) -> None:
    """Away from the hour that a change repeats or skips, there is nothing to interpret."""
    wall = at.astimezone(shop.zone)
    if 1 <= wall.hour < 4:
        return
    day, clock = wall.date(), wall.time().replace(fold=0)
    today = any(each.opens_at <= clock and (clock <= each.closes_at or each.closes_at == MIDNIGHT)
                for each in shop.hours_on(day))  # fmt: skip
    at_midnight = clock == MIDNIGHT and any(
        each.closes_at == MIDNIGHT for each in shop.hours_on(day - DAY)
    )
    assert shop.is_open(at) is (today or at_midnight)
