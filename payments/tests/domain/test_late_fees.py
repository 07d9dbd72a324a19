"""Late fees: a table of cases, and what holds for every lateness."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import MAX_MINOR
from payments.domain.late_fees import LateCharge, LateFee, LateUnit, late_charge

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
HOURLY = LateFee(500, LateUnit.HOUR, timedelta(minutes=30))
DAILY = LateFee(2500, LateUnit.DAY, timedelta(hours=1), cap_minor=6000)


def charge(
    rule: LateFee,
    late: timedelta,
    quantity: int = 1,
    *,
    due_at: datetime = DUE,
    zone: ZoneInfo = BERLIN,
    currency: str = "EUR",
) -> LateCharge | None:
    return late_charge(
        rule, quantity=quantity, due_at=due_at, back_at=due_at + late, zone=zone, currency=currency
    )


def amount(rule: LateFee, late: timedelta, quantity: int = 1) -> int:
    found = charge(rule, late, quantity)
    return found.amount_minor if found else 0


def span(hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@pytest.mark.parametrize(
    ("rule", "late", "quantity", "expected"),
    [
        (HOURLY, span(0), 2, 0),
        (HOURLY, span(-5), 2, 0),
        (HOURLY, span(minutes=30), 2, 0),  # the grace's last instant
        (HOURLY, span(minutes=30, seconds=1), 2, 1000),  # then all of it counts
        (HOURLY, span(1), 1, 500),
        (HOURLY, span(1, seconds=1), 1, 1000),
        (HOURLY, span(3, 20), 2, 4000),
        (DAILY, span(1), 3, 0),
        (DAILY, span(2), 1, 2500),
        (DAILY, span(24), 1, 2500),
        (DAILY, span(25), 1, 5000),
        (DAILY, span(72), 1, 6000),
        (DAILY, span(24 * 400), 3, 18000),
        (LateFee(0), span(500), 3, 0),
        (LateFee(MAX_MINOR), span(500), 3, MAX_MINOR),
    ],
)
def test_a_late_return_costs(rule: LateFee, late: timedelta, quantity: int, expected: int) -> None:
    assert amount(rule, late, quantity) == expected


@pytest.mark.parametrize(
    ("rule", "late", "quantity", "currency", "reason"),
    [
        (
            HOURLY,
            span(3, 20),
            2,
            "EUR",
            "2 units, 3 h 20 min late (30 min grace): 2 × 4 started hours × 5.00 EUR = 40.00 EUR",
        ),
        (
            DAILY,
            span(49),
            1,
            "EUR",
            "1 unit, 2 d 1 h late (1 h grace):"
            " 1 × 3 started days × 25.00 EUR, at most 60.00 EUR each = 60.00 EUR",
        ),
        (
            LateFee(500),
            span(1),
            1,
            "JPY",
            "1 unit, 1 h late: 1 × 1 started day × 500 JPY = 500 JPY",
        ),
    ],
)
def test_the_charge_explains_itself(
    rule: LateFee, late: timedelta, quantity: int, currency: str, reason: str
) -> None:
    found = charge(rule, late, quantity, currency=currency)
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LateFee(500), "5.00 EUR for each unit and started day"),
        (HOURLY, "5.00 EUR for each unit and started hour, nothing up to 30 min"),
        (
            DAILY,
            "25.00 EUR for each unit and started day, nothing up to 1 h, at most 60.00 EUR a unit",
        ),
    ],
)
def test_a_rule_is_told_beforehand(rule: LateFee, words: str) -> None:
    assert rule.words("EUR") == words


@pytest.mark.parametrize(
    ("zone", "due_at", "hours_of_the_day"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 17, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 24, 16, tzinfo=UTC), 25),
        ("America/New_York", datetime(2026, 3, 7, 22, tzinfo=UTC), 23),
        ("America/New_York", datetime(2026, 10, 31, 21, tzinfo=UTC), 25),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 7, 30, tzinfo=UTC), 23.5),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 7, tzinfo=UTC), 24.5),
    ],
)
def test_a_day_is_one_of_the_shops_wall_clock(
    zone: str, due_at: datetime, hours_of_the_day: float
) -> None:
    """C10: brought back at the same time of the next day, it is one day late; an hour is an
    hour."""
    a_day = timedelta(hours=hours_of_the_day)
    daily, hourly = LateFee(100), LateFee(100, LateUnit.HOUR)

    def of(rule: LateFee, late: timedelta) -> int:
        found = charge(rule, late, due_at=due_at, zone=ZoneInfo(zone))
        return found.amount_minor if found else 0

    assert of(daily, a_day) == 100
    assert of(daily, a_day + timedelta(seconds=1)) == 200
    assert of(hourly, a_day) == 100 * -(-int(hours_of_the_day * 2) // 2)


RULES = st.builds(
    LateFee,
    st.integers(0, 10_000),
    st.sampled_from(LateUnit),
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.integers(0, 50_000),
)
SPANS = st.timedeltas(timedelta(0), timedelta(days=90))
DUES = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda later: DUE + later)


@given(RULES, DUES, SPANS, SPANS, st.integers(1, 20))
def test_later_is_never_cheaper(
    rule: LateFee, due: datetime, one: timedelta, other: timedelta, quantity: int
) -> None:
    def of(late: timedelta) -> int:
        found = charge(rule, late, quantity, due_at=due)
        return found.amount_minor if found else 0

    assert of(min(one, other)) <= of(max(one, other))


@given(RULES, SPANS, st.integers(1, 20))
def test_never_above_the_cap_and_nothing_within_the_grace(
    rule: LateFee, late: timedelta, quantity: int
) -> None:
    found = amount(rule, late, quantity)
    if rule.cap_minor:
        assert found <= quantity * rule.cap_minor
    assert not found or late > rule.grace
    assert found or not rule.amount_minor or late <= rule.grace


@given(RULES, SPANS, st.integers(1, 20))
def test_units_cost_the_same_together_as_one_by_one(
    rule: LateFee, late: timedelta, quantity: int
) -> None:
    assert amount(rule, late, quantity) == min(MAX_MINOR, quantity * amount(rule, late))


@given(
    st.builds(
        LateFee,
        st.integers(1, 10_000),
        st.sampled_from(LateUnit),
        st.integers(0, 5000).map(lambda minutes: timedelta(minutes=minutes)),
        st.integers(0, 50_000),
    )
)
def test_a_rule_is_kept_as_it_was(rule: LateFee) -> None:
    assert LateFee.parse(rule.as_json()) == rule


def test_no_rule_is_kept_as_nothing() -> None:
    assert LateFee(0).as_json() is None
    assert LateFee.parse(None) == LateFee(0)
