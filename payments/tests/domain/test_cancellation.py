"""D5: what the shop keeps when a confirmed order is cancelled."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import step
from payments.domain.cancellation import (
    DEFAULT_POLICY,
    Ending,
    Paid,
    Policy,
    cancellation,
    kept_of,
    words_of_notice,
)
from payments.domain.refunds import Parts
from payments.domain.settlement import Books, decide
from payments.domain.states import OrderStatus

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
    found = kept_of(total, 50, currency)
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
    assert 0 <= kept_of(total, policy.percent_back(notice), "EUR") <= total


# 100.00 rent, 19.00 tax and 50.00 deposit.
PAID = Paid(price=Parts(10_000, 1900, 5000), currency="EUR", received=16_900)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ending", "notice", "back", "kept"),
    [
        (Ending.BY_CUSTOMER, 8 * DAY, Parts(10_000, 1900, 5000), 0),
        (Ending.BY_CUSTOMER, 3 * DAY, Parts(5000, 950, 5000), 5950),
        (Ending.BY_CUSTOMER, DAY, Parts(0, 0, 5000), 11_900),
        (Ending.BY_SHOP, DAY, Parts(10_000, 1900, 5000), 0),
        (Ending.UNPAID, DAY, Parts(10_000, 1900, 5000), 0),
        (Ending.NO_SHOW, -DAY, Parts(0, 0, 5000), 11_900),
    ],
)
def test_the_deposit_comes_back_whole_and_the_tax_goes_with_the_rent(
    ending: Ending, notice: timedelta, back: Parts, kept: int
) -> None:
    found = cancellation(ending=ending, policy=DEFAULT_POLICY, notice=notice, paid=PAID)
    assert (found.back, found.kept) == (back, kept)


def test_a_no_show_gets_what_the_policy_gives_without_any_notice() -> None:
    policy = Policy.parse("168:100,0:20")
    found = cancellation(ending=Ending.NO_SHOW, policy=policy, notice=9 * DAY, paid=PAID)
    assert (found.percent, found.kept) == (20, 9520)


@pytest.mark.parametrize(
    ("given_back", "deposit_given_back", "back", "kept"),
    [
        (2000, 0, 5000, 9900),  # rent that went back before cannot be kept
        (11_900, 0, 5000, 0),
        (13_900, 0, 3000, 0),
        (5000, 5000, 0, 11_900),  # the deposit went back before
        (16_900, 5000, 0, 0),
        (20_000, 0, 0, 0),
    ],
)
def test_what_went_back_before_is_rent_unless_it_was_said_to_be_deposit(
    given_back: int, deposit_given_back: int, back: int, kept: int
) -> None:
    paid = Paid(PAID.price, "EUR", PAID.received, given_back, deposit_given_back)
    found = cancellation(ending=Ending.BY_CUSTOMER, policy=DEFAULT_POLICY, notice=DAY, paid=paid)
    assert (found.back.total, found.kept) == (back, kept)


@pytest.mark.parametrize(("goodwill", "kept"), [(0, 11_900), (2000, 9900)])
def test_what_was_paid_twice_and_went_back_was_no_rent(goodwill: int, kept: int) -> None:
    """A08: who pays twice and cancels late gets no more than who has paid once."""
    paid = Paid(PAID.price, "EUR", 2 * PAID.received, PAID.received + goodwill)
    found = cancellation(ending=Ending.BY_CUSTOMER, policy=DEFAULT_POLICY, notice=DAY, paid=paid)
    assert (found.back.total, found.kept) == (5000, kept)


def test_an_unpaid_order_gives_nothing_back_and_keeps_nothing() -> None:
    paid = Paid(PAID.price, "EUR", received=0)
    found = cancellation(ending=Ending.UNPAID, policy=DEFAULT_POLICY, notice=DAY, paid=paid)
    assert (found.back, found.kept) == (Parts(), 0)


@st.composite
def paid_orders(draw: st.DrawFn) -> Paid:
    """Any order of any currency, some of whose money may have gone back before."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KRW", "KWD", "HUF", "ISK", "UGX"]))
    steps = st.integers(0, 10**6).map(lambda n: n * step(currency))
    price = Parts(draw(steps), draw(steps), draw(steps))
    given = st.integers(0, price.total // step(currency)).map(lambda n: n * step(currency))
    before = draw(st.one_of(st.just(0), given))
    deposit = draw(st.sampled_from([0, min(before, price.deposit)]))
    return Paid(price, currency, price.total, before, deposit)


@given(
    paid_orders(),
    policies,
    st.timedeltas(-9 * DAY, 99 * DAY),
    st.sampled_from([Ending.BY_CUSTOMER, Ending.BY_SHOP, Ending.NO_SHOW]),
)
def test_what_is_told_and_what_is_done_agree_to_the_cent(
    paid: Paid, policy: Policy, notice: timedelta, ending: Ending
) -> None:
    """A10: settle gives back exactly the parts of the quote, in amounts that can be charged."""
    found = cancellation(ending=ending, policy=policy, notice=notice, paid=paid)
    books = Books(
        status=OrderStatus.NO_SHOW if ending is Ending.NO_SHOW else OrderStatus.CANCELLED,
        due=paid.price.total,
        kept_on_cancel=found.kept,
        received=paid.received,
        given_back=paid.given_back,
        payable=False,
    )
    assert decide(books).refund == found.back.total
    assert found.back.total + found.kept == paid.balance
    for part in (found.back.rent, found.back.tax, found.back.deposit, found.kept):
        assert part >= 0
        assert part % step(paid.currency) == 0
    assert found.back.deposit == min(paid.deposit_left, found.back.total)


def test_each_part_has_a_sentence() -> None:
    found = cancellation(
        ending=Ending.BY_CUSTOMER, policy=DEFAULT_POLICY, notice=3 * DAY, paid=PAID
    )
    assert list(found.reasons()) == [
        ("rent", 5000, "The policy gives 50 % of the rent back with 3 days to go."),
        ("tax", 950, "Tax goes the way of the rent that it was charged for."),
        ("deposit", 5000, "A deposit comes back whole before pickup."),
    ]


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (8 * DAY, "8 days"),
        (timedelta(hours=71), "71 hours"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(minutes=59), "less than an hour"),
        (-DAY, "less than an hour"),
    ],
)
def test_notice_is_told_in_days_or_hours(notice: timedelta, words: str) -> None:
    assert words_of_notice(notice) == words


def test_the_shop_writes_its_policy_as_pairs() -> None:
    assert Policy.parse("168:100,48:50") == DEFAULT_POLICY
    assert Policy.parse(" 0:0 ").percent_back(timedelta(days=1000)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "48",
        "48:x",
        "48:50:1",
        "-1:50",
        "48:101",
        "48:-1",
        "48:50,168:100",
        "48:50,48:40",
        "9:5,8:6",
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a list|percent from|longer notice"):
        Policy.parse(text)
