"""D3.3: seasons and weekdays, and D3.2 under them: longer is never cheaper than shorter."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.domain.period import DAY, HOUR, Period
from payments.domain.pricing import (
    LinePrice,
    PriceRule,
    Tier,
    TierUnit,
    Wanted,
    cheapest_cover,
    price_line,
)
from payments.domain.pricing.placement import cheapest_laid
from payments.domain.pricing.rules import factor_of, mean_factor

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 6, 7, 10, tzinfo=BERLIN)

SUMMER = PriceRule("High season", Decimal(20), date(2027, 6, 9), date(2027, 8, 31))
WEEKEND = PriceRule("Weekend", Decimal(10), weekdays=frozenset({6, 7}))
QUIET_MONDAY = PriceRule("Quiet Monday", Decimal(-50), weekdays=frozenset({1}))


def tier(unit: str, length: int, amount_minor: int) -> Tier:
    return Tier(TierUnit(unit), length, amount_minor)


DAY_TIERS = (tier("DAY", 1, 10000), tier("DAY", 3, 25000), tier("WEEK", 1, 50000))


def line(days: float = 1, start: datetime = MONDAY, **overrides: Any) -> LinePrice:
    values: dict[str, Any] = {
        "tiers": DAY_TIERS,
        "quantity": 1,
        "tax_rate": Decimal(0),
        "deposit_unit_minor": 0,
        "currency": "EUR",
        "period": Period(start, start + days * DAY),
        "zone": BERLIN,
    }
    return price_line(Wanted(**{**values, **overrides}))


# --- Which days a rule is for ---------------------------------------------------------------------

NEW_YEAR = PriceRule("Holidays", Decimal(5), date(2026, 12, 20), date(2027, 1, 6))
EVERY_NEW_YEAR = PriceRule("Holidays", Decimal(5), date(2026, 12, 20), date(2027, 1, 6), True)
EVERY_JULY = PriceRule("July", Decimal(5), date(2020, 7, 1), date(2020, 7, 31), True)
JULY_WEEKENDS = PriceRule(
    "July", Decimal(5), date(2027, 7, 1), date(2027, 7, 31), weekdays=frozenset({6, 7})
)


@pytest.mark.parametrize(
    ("rule", "day", "is_for"),
    [
        (NEW_YEAR, "2026-12-19", False),
        (NEW_YEAR, "2026-12-20", True),
        (NEW_YEAR, "2027-01-06", True),
        (NEW_YEAR, "2027-12-24", False),
        (EVERY_NEW_YEAR, "2031-12-24", True),
        (EVERY_NEW_YEAR, "2032-01-06", True),
        (EVERY_NEW_YEAR, "2032-01-07", False),
        (EVERY_JULY, "2027-07-01", True),
        (EVERY_JULY, "2027-07-31", True),
        (EVERY_JULY, "2027-08-01", False),
        (WEEKEND, "2027-06-12", True),
        (WEEKEND, "2027-06-14", False),
        (JULY_WEEKENDS, "2027-07-03", True),
        (JULY_WEEKENDS, "2027-07-05", False),
        (JULY_WEEKENDS, "2027-06-26", False),
    ],
)
def test_a_rule_is_for_the_days_of_its_season_and_of_its_week(
    rule: PriceRule, day: str, is_for: bool
) -> None:
    assert rule.is_for(date.fromisoformat(day)) is is_for


# --- What they do to a price ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "rules", "rent", "explanation"),
    [
        (1, (SUMMER,), 10000, "1 day: 100.00 EUR"),  # Monday is before the season
        (2, (SUMMER,), 20000, "2 × 1 day: 200.00 EUR"),
        (3, (SUMMER,), 26667, "3 days, High season +20 % on 1 of 3 days: 266.67 EUR"),
        (7, (SUMMER,), 57143, "1 week, High season +20 % on 5 of 7 days: 571.43 EUR"),
        (7, (WEEKEND,), 51429, "1 week, Weekend +10 % on 2 of 7 days: 514.29 EUR"),
        (1, (QUIET_MONDAY,), 5000, "1 day, Quiet Monday −50 %: 50.00 EUR"),
        (
            7,
            (SUMMER, WEEKEND),
            58857,
            "1 week, High season +20 % on 5 of 7 days, Weekend +10 % on 2 of 7 days: 588.57 EUR",
        ),
    ],
)
def test_each_day_costs_what_its_calendar_day_says(
    days: int, rules: tuple[PriceRule, ...], rent: int, explanation: str
) -> None:
    priced = line(days, rules=rules)
    assert (priced.rent_minor, priced.explanation) == (rent, explanation)


def test_the_list_price_stays_and_the_steps_say_what_each_rule_added() -> None:
    priced = line(7, rules=(SUMMER, WEEKEND), quantity=2)
    assert (priced.unit_minor, priced.rent_minor, priced.adjustment_minor) == (50000, 117714, 17714)
    assert priced.breakdown() == [
        {"tier": "1 week", "times": 1, "amount_minor": 50000, "factor": "1.1771"},
        {"step": "RULE", "name": "High season", "amount_minor": 14286},
        {"step": "RULE", "name": "Weekend", "amount_minor": 3428},
    ]


def test_hours_cost_what_the_dearest_day_says_that_they_touch() -> None:
    friday_night = datetime(2027, 6, 11, 22, tzinfo=BERLIN)
    hours = Period(friday_night, friday_night + 4 * HOUR)
    priced = line(period=hours, tiers=(tier("HOUR", 1, 1000),), rules=(WEEKEND,))
    assert priced.explanation == "4 × 1 hour, Weekend +10 %: 44.00 EUR"


@pytest.mark.parametrize(
    ("days", "explanation"),
    [
        (1, "1 day, Quiet Monday −50 %: 50.00 EUR"),
        (6, "fixed price, High season +20 %: 432.00 EUR"),
    ],
)
def test_a_fixed_price_costs_what_the_dearest_day_says(days: int, explanation: str) -> None:
    """So that a longer rental is not cheaper for having a cheap day more."""
    tiers = (*DAY_TIERS, tier("FIXED", 1, 36000))
    assert line(days, rules=(SUMMER, QUIET_MONDAY), tiers=tiers).explanation == explanation


def test_a_day_that_is_rented_along_is_charged_where_that_is_cheaper() -> None:
    """A rental inside another one never costs more: Tuesday to Wednesday, laid from Monday on."""
    tuesday = line(2, MONDAY + DAY, rules=(QUIET_MONDAY,), tiers=DAY_TIERS[1:])
    assert tuesday.rent_minor == line(3, rules=(QUIET_MONDAY,), tiers=DAY_TIERS[1:]).rent_minor
    assert tuesday.explanation == "3 days, Quiet Monday −50 % on 1 of 3 days: 208.33 EUR"


def test_a_rule_that_is_out_of_reach_changes_nothing() -> None:
    winter = PriceRule("Winter", Decimal(-20), date(2027, 12, 1), date(2027, 12, 31))
    assert line(8, rules=(winter,)) == line(8)


# --- Properties -----------------------------------------------------------------------------------

amounts = st.integers(1, 30_000)
some_day_tiers = st.lists(
    st.builds(tier, st.just("DAY"), st.integers(1, 9), amounts), min_size=1, max_size=3
).map(tuple)
some_hour_tiers = st.lists(
    st.builds(tier, st.just("HOUR"), st.integers(1, 12), amounts), min_size=1, max_size=2
).map(tuple)
measured_tiers = st.one_of(
    some_day_tiers,
    some_hour_tiers,
    st.tuples(some_day_tiers, some_hour_tiers).map(lambda both: (*both[0], *both[1])),
)
fixed_price = st.builds(tier, st.just("FIXED"), st.just(1), amounts)
some_tiers = st.one_of(
    measured_tiers,
    st.tuples(measured_tiers, fixed_price).map(lambda both: (*both[0], both[1])),
    st.tuples(fixed_price),
)
percents = st.decimals(-90, 300, places=2).filter(bool)
weekdays = st.frozensets(st.integers(1, 7), min_size=1, max_size=4)
summer_days = st.dates(date(2027, 5, 25), date(2027, 7, 5))
seasons = st.tuples(summer_days, summer_days).map(sorted)
some_rules = st.lists(
    st.one_of(
        st.builds(PriceRule, st.just("W"), percents, weekdays=weekdays),
        st.builds(
            lambda percent, days: PriceRule("S", percent, days[0], days[1]), percents, seasons
        ),
        st.builds(
            lambda percent, days, week: PriceRule("B", percent, days[0], days[1], True, week),
            percents,
            seasons,
            weekdays,
        ),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
zones = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
)
starts = st.integers(0, 14 * 24 * 2).map(
    lambda half: datetime(2027, 6, 1, tzinfo=UTC) + half * HOUR / 2
)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=12))


@given(some_tiers, some_rules, zones, starts, lengths, lengths)
def test_longer_is_never_cheaper_than_shorter_under_any_rules(
    tiers: tuple[Tier, ...],
    rules: tuple[PriceRule, ...],
    zone: ZoneInfo,
    start: datetime,
    one: timedelta,
    other: timedelta,
) -> None:
    """A11, C10"""
    shorter, longer = sorted((one, other))
    cheap, dear = (
        line(period=Period(start, start + length), zone=zone, tiers=tiers, rules=rules)
        for length in (shorter, longer)
    )
    assert cheap.rent_minor <= dear.rent_minor


@given(some_day_tiers, some_rules, st.integers(0, 5), st.integers(1, 6), st.integers(0, 5))
def test_days_inside_a_rental_never_cost_more_than_the_rental(
    tiers: tuple[Tier, ...], rules: tuple[PriceRule, ...], before: int, days: int, after: int
) -> None:
    inside = line(days, MONDAY + before * DAY, tiers=tiers, rules=rules)
    outside = line(before + days + after, tiers=tiers, rules=rules)
    assert inside.rent_minor <= outside.rent_minor


@given(some_tiers, zones, starts, lengths)
def test_rules_that_change_nothing_leave_the_cheapest_cover(
    tiers: tuple[Tier, ...], zone: ZoneInfo, start: datetime, length: timedelta
) -> None:
    """The row of laid tiers and the cover without days are the same rule."""
    period = Period(start, start + length)
    laid = cheapest_laid(tiers, (), period, zone)
    assert sum(part.tier.amount_minor for part in laid) == (
        cheapest_cover(tiers, period, zone).amount_minor
    )


def _every_row(tiers: tuple[Tier, ...], days: int) -> Any:
    """Every choice of tiers and their days that reaches over all of the rental."""
    places = [(one, first) for one in tiers for first in range(1 - one.days, days)]
    for chosen in product((False, True), repeat=len(places)):
        row = [place for place, is_chosen in zip(places, chosen, strict=True) if is_chosen]
        covered = {day for one, first in row for day in range(first, first + one.days)}
        if covered >= set(range(days)):
            yield row


@settings(max_examples=30)
@given(
    st.lists(st.builds(tier, st.just("DAY"), st.integers(1, 2), amounts), min_size=1, max_size=2),
    some_rules,
    st.integers(1, 3),
)
def test_no_other_row_of_laid_tiers_is_cheaper(
    tiers: list[Tier], rules: tuple[PriceRule, ...], days: int
) -> None:
    period = Period(MONDAY, MONDAY + days * DAY)
    first = MONDAY.date()

    def cost(row: list[tuple[Tier, int]]) -> Fraction:
        return sum(
            (
                one.amount_minor
                * mean_factor(rules, [first + timedelta(at + d) for d in range(one.days)])
                for one, at in row
            ),
            Fraction(0),
        )

    found = cheapest_laid(tuple(tiers), rules, period, BERLIN)
    assert sum(part.tier.amount_minor * mean_factor(rules, part.days) for part in found) == min(
        cost(row) for row in _every_row(tuple(tiers), days)
    )


@given(some_rules, summer_days)
def test_the_rules_of_a_day_multiply(rules: tuple[PriceRule, ...], day: date) -> None:
    expected = Fraction(1)
    for rule in rules:
        expected *= 1 + Fraction(rule.percent) / 100 if rule.is_for(day) else 1
    assert factor_of(rules, day) == expected


@given(some_tiers, some_rules, starts, lengths, st.integers(1, 9))
def test_the_steps_add_up_to_the_rent(
    tiers: tuple[Tier, ...],
    rules: tuple[PriceRule, ...],
    start: datetime,
    length: timedelta,
    quantity: int,
) -> None:
    period = Period(start, start + length)
    priced = line(period=period, tiers=tiers, rules=rules, quantity=quantity)
    assert sum(step.amount_minor for step in priced.steps) == priced.adjustment_minor
    assert priced.rent_minor == priced.unit_minor * quantity + priced.adjustment_minor
