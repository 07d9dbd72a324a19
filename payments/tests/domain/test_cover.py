"""D3.2: the cheapest cover of a period by price tiers."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.errors import InvalidInput
from payments.domain.period import DAY, HOUR, Period
from payments.domain.pricing import DAY_GRACE, Cover, Tier, TierUnit, cheapest_cover

UTC_ZONE = ZoneInfo("UTC")
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def tier(unit: str, length: int, amount_minor: int) -> Tier:
    return Tier(TierUnit(unit), length, amount_minor)


DAY_TIERS = (tier("DAY", 1, 10000), tier("DAY", 3, 25000), tier("WEEK", 1, 50000))
HOUR_AND_DAY = (tier("HOUR", 1, 1500), tier("HOUR", 4, 4000), tier("DAY", 1, 10000))


def cover(tiers: tuple[Tier, ...], length: timedelta, zone: ZoneInfo = UTC_ZONE) -> Cover:
    return cheapest_cover(tiers, Period(NOON, NOON + length), zone)


@pytest.mark.parametrize(
    ("days", "amount", "parts"),
    [
        (1, 10000, {"1 day": 1}),
        (2, 20000, {"1 day": 2}),
        (3, 25000, {"3 days": 1}),
        (4, 35000, {"3 days": 1, "1 day": 1}),
        (5, 45000, {"3 days": 1, "1 day": 2}),
        (6, 50000, {"1 week": 1}),  # a tier may cover more than is needed
        (7, 50000, {"1 week": 1}),
        (8, 60000, {"1 week": 1, "1 day": 1}),  # not 75000
        (10, 75000, {"1 week": 1, "3 days": 1}),
        (13, 100000, {"1 week": 2}),
        (366, 2620000, {"1 week": 52, "1 day": 2}),
    ],
)
def test_days_cost_the_cheapest_cover_and_it_explains_itself(
    days: int, amount: int, parts: dict[str, int]
) -> None:
    found = cover(DAY_TIERS, days * DAY)
    assert found.amount_minor == amount
    assert {part["tier"]: part["times"] for part in found.breakdown()} == parts


FIXED = tier("FIXED", 1, 24000)


@pytest.mark.parametrize(
    ("tiers", "length", "amount", "words"),
    [
        ((FIXED,), timedelta(minutes=1), 24000, "fixed price"),
        ((FIXED,), 400 * DAY, 24000, "fixed price"),
        ((*HOUR_AND_DAY, FIXED), 2 * HOUR, 3000, "2 × 1 hour"),
        ((*DAY_TIERS, FIXED), 2 * DAY, 20000, "2 × 1 day"),
        ((*DAY_TIERS, FIXED), 3 * DAY, 24000, "fixed price"),
        ((*DAY_TIERS, tier("FIXED", 1, 25000)), 3 * DAY, 25000, "3 days"),  # equal: it says more
    ],
)
def test_a_fixed_price_is_for_any_rental_and_the_most_that_one_costs(
    tiers: tuple[Tier, ...], length: timedelta, amount: int, words: str
) -> None:
    """D3.1"""
    found = cover(tiers, length)
    assert (found.amount_minor, found.words) == (amount, words)


@pytest.mark.parametrize(
    ("length", "amount"),
    [
        (timedelta(minutes=1), 1500),
        (HOUR, 1500),
        (HOUR + timedelta(microseconds=1), 3000),
        (3 * HOUR, 4000),
        (5 * HOUR, 5500),
        (9 * HOUR, 9500),
        (10 * HOUR, 10000),  # the whole day is cheaper by now
        (DAY, 10000),
        (DAY + DAY_GRACE, 10000),
        (DAY + 2 * HOUR, 13000),
        (DAY + 4 * HOUR, 14000),
        (2 * DAY + HOUR, 21500),
    ],
)
def test_hours_fill_what_whole_days_leave(length: timedelta, amount: int) -> None:
    assert cover(HOUR_AND_DAY, length).amount_minor == amount


def test_a_product_priced_by_the_hour_alone_is_charged_by_elapsed_hours() -> None:
    assert cover((tier("HOUR", 2, 700),), DAY + HOUR).amount_minor == 13 * 700


def test_a_month_is_thirty_days() -> None:
    tiers = (tier("MONTH", 1, 90000), tier("DAY", 1, 10000))
    assert cover(tiers, 30 * DAY).amount_minor == 90000
    assert cover(tiers, 31 * DAY).amount_minor == 100000


def test_a_product_without_a_price_cannot_be_rented() -> None:
    with pytest.raises(InvalidInput, match="no price"):
        cover((), DAY)


def test_the_autumn_clock_change_adds_an_hour_to_hours_and_nothing_to_days() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2027, 10, 30, 10, tzinfo=zone)
    period = Period(start, start + DAY)  # ten to ten on the wall: 25 hours
    assert cheapest_cover((tier("DAY", 1, 10000),), period, zone).amount_minor == 10000
    assert cheapest_cover((tier("HOUR", 1, 100),), period, zone).amount_minor == 2500


def test_a_year_by_hours_and_days_is_priced_in_no_time() -> None:
    """P6: an offer of a year once took a minute and a half."""
    tiers = (tier("HOUR", 1, 501), tier("DAY", 1, 2503), tier("WEEK", 1, 12007))
    started = time.process_time()
    assert cover(tiers, 366 * DAY - 3 * HOUR).amount_minor == 52 * 12007 + 2503 + 2503
    assert time.process_time() - started < 2


# --- Against brute force --------------------------------------------------------------------------

prices = st.integers(1, 300)
day_tiers = st.lists(
    st.builds(tier, st.just("DAY"), st.integers(1, 6), prices), min_size=1, max_size=3
).map(tuple)
hour_tiers = st.lists(
    st.builds(tier, st.just("HOUR"), st.integers(1, 12), prices), min_size=1, max_size=2
).map(tuple)


def cheapest_of_all(tiers: Sequence[Tier], length: int) -> int:
    """Every combination that reaches `length`, tried one by one."""
    if length == 0:
        return 0
    counts = [range(-(-length // tier.length) + 1) for tier in tiers]
    return min(
        sum(times * tier.amount_minor for times, tier in zip(chosen, tiers, strict=True))
        for chosen in product(*counts)
        if sum(times * tier.length for times, tier in zip(chosen, tiers, strict=True)) >= length
    )


@given(day_tiers, st.integers(1, 9))
def test_no_combination_of_day_tiers_is_cheaper(tiers: tuple[Tier, ...], days: int) -> None:
    assert cover(tiers, days * DAY).amount_minor == cheapest_of_all(tiers, days)


@given(day_tiers, hour_tiers, st.integers(1, 50))
def test_no_combination_of_days_and_hours_is_cheaper(
    by_day: tuple[Tier, ...], by_hour: tuple[Tier, ...], hours: int
) -> None:
    whole_days = max(1, -(-(hours * HOUR - DAY_GRACE) // DAY))
    expected = min(
        cheapest_of_all(by_day, days) + cheapest_of_all(by_hour, max(0, hours - 24 * days))
        for days in range(whole_days + 1)
        if days == whole_days or hours > 24 * days
    )
    # Within the grace the last full day covers it all.
    expected = min(expected, cheapest_of_all(by_day, whole_days))
    assert cover(by_day + by_hour, hours * HOUR).amount_minor == expected


@given(day_tiers, hour_tiers, st.integers(1, 24 * 20))
def test_the_parts_of_the_breakdown_add_up_and_reach_the_end(
    by_day: tuple[Tier, ...], by_hour: tuple[Tier, ...], hours: int
) -> None:
    found = cover(by_day + by_hour, hours * HOUR)
    parts = found.breakdown()
    assert sum(int(part["times"]) * int(part["amount_minor"]) for part in parts) == (
        found.amount_minor
    )
    covered = sum((_length(part) for part in found.tiers), timedelta())
    assert covered + DAY_GRACE >= hours * HOUR


def _length(part: Tier) -> timedelta:
    return part.length * HOUR if part.unit is TierUnit.HOUR else part.days * DAY


measured_tiers = st.one_of(
    day_tiers, hour_tiers, st.tuples(day_tiers, hour_tiers).map(lambda pair: (*pair[0], *pair[1]))
)
fixed_tiers = st.builds(tier, st.just("FIXED"), st.just(1), st.integers(1, 60_000))
any_tiers = st.one_of(
    measured_tiers,
    st.tuples(measured_tiers, fixed_tiers).map(lambda pair: (*pair[0], pair[1])),
    st.tuples(fixed_tiers),
)
starts = st.integers(0, 365 * 24 * 4).map(
    lambda quarters: datetime(2027, 1, 1, tzinfo=UTC) + quarters * HOUR / 4
)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=12))


@given(any_tiers, st.sampled_from(ZONES), starts, lengths, lengths)
@example(HOUR_AND_DAY, ZONES[0], datetime(2027, 10, 30, 0, 30, tzinfo=UTC), 25 * HOUR, 26 * HOUR)
@example(HOUR_AND_DAY, ZONES[0], datetime(2027, 3, 27, 1, 30, tzinfo=UTC), 24 * HOUR, 25 * HOUR)
def test_longer_is_never_cheaper_than_shorter(
    tiers: tuple[Tier, ...], zone: ZoneInfo, start: datetime, one: timedelta, other: timedelta
) -> None:
    """A11, C10: also over clock changes, and with hours and days mixed."""
    shorter, longer = sorted((one, other))
    cheap = cheapest_cover(tiers, Period(start, start + shorter), zone)
    dear = cheapest_cover(tiers, Period(start, start + longer), zone)
    assert cheap.amount_minor <= dear.amount_minor
