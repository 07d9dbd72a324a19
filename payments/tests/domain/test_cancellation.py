"""D5: what the shop keeps when a confirmed order is cancelled."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import step
from payments.domain.cancellation import DEFAULT_POLICY, Policy, amount_kept

START = datetime(2027, 6, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WEEK, TWO_DAYS = timedelta(days=7), timedelta(hours=48)


@pytest.mark.parametrize(
    ("notice", "percent"),
    [
        (timedelta(days=400), 100),
        (WEEK + MICROSECOND, 100),
        (WEEK, 100),
        (WEEK - MICROSECOND, 50),
        (timedelta(days=3), 50),
        (TWO_DAYS, 50),
        (TWO_DAYS - MICROSECOND, 0),
        (timedelta(0), 0),
        (-timedelta(days=1), 0),  # it has begun
    ],
)
def test_the_default_policy_gives_back_by_notice(notice: timedelta, percent: int) -> None:
    assert DEFAULT_POLICY.percent_back(notice) == percent
    kept = amount_kept(
        policy=DEFAULT_POLICY,
        total_minor=10_000,
        currency="EUR",
        starts_at=START,
        now=START - notice,
    )
    assert kept == 10_000 - percent * 100


@pytest.mark.parametrize(
    ("total", "currency", "kept"),
    [
        (11_899, "EUR", 5950),
        (1, "EUR", 1),
        (333, "JPY", 167),
        (1230, "KWD", 620),
        (300, "ISK", 200),
    ],
)
def test_half_of_an_odd_amount_is_rounded_half_up_to_what_can_be_charged(
    total: int, currency: str, kept: int
) -> None:
    """A10: what is kept and what goes back are both amounts that the gateway takes."""
    now = START - timedelta(days=3)
    found = amount_kept(
        policy=DEFAULT_POLICY, total_minor=total, currency=currency, starts_at=START, now=now
    )
    assert found == kept
    assert (total - found) % step(currency) == 0


def test_a_policy_without_tiers_gives_nothing_back() -> None:
    assert Policy(()).percent_back(timedelta(days=1000)) == 0


def test_the_policy_on_the_order_is_the_one_it_was_confirmed_under() -> None:
    stored = json.loads(json.dumps(DEFAULT_POLICY.as_json()))
    assert Policy.from_json(stored) == DEFAULT_POLICY
    assert stored == [
        {"min_notice_hours": 168, "percent_back": 100},
        {"min_notice_hours": 48, "percent_back": 50},
    ]


policies = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 100)), max_size=5, unique_by=lambda row: row[0]
).map(
    lambda rows: Policy(
        tuple((timedelta(hours=hours), percent) for hours, percent in sorted(rows, reverse=True))
    )
)


@given(policies)
def test_any_policy_of_whole_hours_survives_storage(policy: Policy) -> None:
    assert Policy.from_json(json.loads(json.dumps(policy.as_json()))) == policy


@given(policies, st.integers(0, 10**8), st.timedeltas(-timedelta(days=9), timedelta(days=99)))
def test_never_less_than_nothing_is_kept_and_never_more_than_all(
    policy: Policy, total: int, notice: timedelta
) -> None:
    kept = amount_kept(
        policy=policy, total_minor=total, currency="EUR", starts_at=START, now=START - notice
    )
    assert 0 <= kept <= total
