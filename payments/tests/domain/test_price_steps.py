"""D3.3: quantity discounts, coupons and changes by hand; D3.4: their sums, in every currency."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.money import round_minor, step
from payments.domain.period import DAY, Period
from payments.domain.pricing import (
    Adjustment,
    CouponTerms,
    LinePrice,
    PriceRule,
    QuantityDiscount,
    Tier,
    TierUnit,
    Wanted,
    price_line,
    price_lines,
)
from payments.domain.pricing.coupons import shared
from payments.tests.domain.test_price_rules import lengths, some_rules, some_tiers, starts

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
FROM_FIVE = (QuantityDiscount(5, Decimal(10)), QuantityDiscount(10, Decimal("22.5")))


def wanted(amount_minor: int = 1000, quantity: int = 1, **overrides: Any) -> Wanted:
    """A day at `amount_minor`, without tax."""
    values: dict[str, Any] = {
        "tiers": (Tier(TierUnit.DAY, 1, amount_minor),),
        "quantity": quantity,
        "tax_rate": Decimal(0),
        "deposit_unit_minor": 0,
        "currency": "EUR",
        "period": Period(NOON, NOON + DAY),
        "zone": ZoneInfo("Europe/Berlin"),
    }
    return Wanted(**{**values, **overrides})


def line(*args: Any, **overrides: Any) -> LinePrice:
    return price_line(wanted(*args, **overrides))


# --- Quantity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "rent", "explanation"),
    [
        (1, 1000, "1 day: 10.00 EUR"),
        (4, 4000, "1 day: 40.00 EUR for 4 units"),
        (5, 4500, "1 day, 10 % off from 5 units: 45.00 EUR for 5 units"),
        (8, 7200, "1 day, 10 % off from 5 units: 72.00 EUR for 8 units"),
        (9, 7750, "1 day, charged as 10 units: 22.5 % off: 77.50 EUR for 9 units"),
        (10, 7750, "1 day, 22.5 % off from 10 units: 77.50 EUR for 10 units"),
    ],
)
def test_from_so_many_units_on_all_of_them_cost_less(
    quantity: int, rent: int, explanation: str
) -> None:
    priced = line(quantity=quantity, discounts=FROM_FIVE)
    assert (priced.rent_minor, priced.explanation) == (rent, explanation)


some_discounts = st.lists(
    st.builds(QuantityDiscount, st.integers(2, 9), st.decimals("0.01", 90, places=2)), max_size=3
).map(tuple)


@given(some_discounts, st.integers(1, 12), st.integers(1, 12), st.integers(1, 5000))
def test_more_units_never_cost_less_than_fewer(
    discounts: tuple[QuantityDiscount, ...], one: int, other: int, amount: int
) -> None:
    fewer, more = sorted((one, other))
    rents = [line(amount, quantity, discounts=discounts).rent_minor for quantity in (fewer, more)]
    assert rents == sorted(rents)


# --- Coupons --------------------------------------------------------------------------------------

TEN_PERCENT, FIVE_EUROS = CouponTerms("SUMMER", Decimal(10)), CouponTerms("FIVE", amount_minor=500)


def test_a_percentage_is_taken_off_each_line() -> None:
    priced = price_lines([wanted(999), wanted(1001)], TEN_PERCENT)
    assert [one.rent_minor for one in priced] == [899, 901]
    assert priced[0].explanation == "1 day, coupon SUMMER −10 %: 8.99 EUR"


@pytest.mark.parametrize(
    ("amounts", "rents"),
    [
        ([1000, 1000], [750, 750]),
        ([1000, 3000], [875, 2625]),
        ([1000, 1000, 1000], [833, 833, 834]),  # 166.67 each: the last gives the lesser part
        ([300], [0]),
        ([100, 300], [0, 0]),
        ([500], [0]),
        ([499, 2], [1, 0]),
    ],
)
def test_an_amount_is_shared_by_what_the_lines_cost(amounts: list[int], rents: list[int]) -> None:
    priced = price_lines([wanted(amount) for amount in amounts], FIVE_EUROS)
    assert [one.rent_minor for one in priced] == rents


def test_a_coupon_leaves_the_lines_alone_that_it_is_not_for() -> None:
    other = wanted(3000, takes_coupon=False)
    priced = price_lines([wanted(1000), other, wanted(1000)], FIVE_EUROS)
    assert [one.rent_minor for one in priced] == [750, 3000, 750]
    assert priced[1] == price_line(other)


def test_the_tax_follows_the_line() -> None:
    taxed = wanted(1000, tax_rate=Decimal("0.19"))
    [priced] = price_lines([taxed], FIVE_EUROS)
    assert (priced.rent_minor, priced.tax_minor) == (500, 95)


@given(
    st.integers(1, 10_000),
    st.lists(st.integers(0, 5000), min_size=1, max_size=6),
    st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX"]),
)
@example(500, [1, 1, 1], "EUR")
def test_an_amount_is_shared_to_the_last_step(
    amount: int, weights: list[int], currency: str
) -> None:
    unit = step(currency)
    weights = [weight * unit for weight in weights]
    shares = shared(amount, weights, currency)
    assert sum(shares) == min(amount // unit * unit, sum(weights))
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert share % unit == 0
        exact = sum(shares) * weight / (sum(weights) or 1)
        assert abs(share - exact) < unit


# --- By hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adjustment", "rent", "words"),
    [
        (Adjustment("Regular customer", percent=Decimal(-15)), 850, "Regular customer −15 %"),
        (Adjustment("Express", amount=Decimal("2.50")), 1250, "Express +2.50"),
        (Adjustment("Scratched", amount=Decimal(-3)), 700, "Scratched −3.00"),
        (Adjustment("A gift", amount=Decimal(-50)), 0, "A gift −10.00"),
    ],
)
def test_staff_change_a_line_with_a_reason(adjustment: Adjustment, rent: int, words: str) -> None:
    priced = line(adjustment=adjustment)
    assert priced.rent_minor == rent
    assert [one.words for one in priced.steps] == [words]


@pytest.mark.parametrize(
    "adjustment",
    [
        Adjustment("Friend", percent=Decimal("-12.5")),
        Adjustment("Scratch", amount=Decimal("-3.20")),
    ],
)
def test_what_was_changed_by_hand_is_read_from_the_stored_breakdown(
    adjustment: Adjustment,
) -> None:
    """D3.5: for pricing the line anew, when the order is changed."""
    assert Adjustment.agreed(line(adjustment=adjustment).breakdown(), "EUR") == adjustment
    assert Adjustment.agreed(line().breakdown(), "EUR") is None


def test_an_amount_has_the_digits_of_its_currency() -> None:
    with pytest.raises(InvalidInput):
        line(adjustment=Adjustment("Why", amount=Decimal("1.005")))


@pytest.mark.parametrize(
    "values",
    [
        {"reason": " ", "percent": Decimal(5)},
        {"reason": "Why"},
        {"reason": "Why", "percent": Decimal(5), "amount": Decimal(5)},
    ],
)
def test_a_change_needs_a_reason_and_one_measure(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Adjustment(**values)


# --- All together ---------------------------------------------------------------------------------


def test_the_steps_come_in_one_order() -> None:
    """Season, quantity, coupon, by hand: each of what the one before has left."""
    summer = PriceRule("High season", Decimal(20), weekdays=frozenset(range(1, 8)))
    asked = wanted(
        10000,
        5,
        rules=(summer,),
        discounts=FROM_FIVE,
        adjustment=Adjustment("Regular customer", percent=Decimal(-10)),
    )
    [priced] = price_lines([asked], FIVE_EUROS)
    assert priced.explanation == (
        "1 day, High season +20 %, 10 % off from 5 units, coupon FIVE −5.00,"
        " Regular customer −10 %: 481.50 EUR for 5 units"
    )
    assert [one.amount_minor for one in priced.steps] == [10000, -6000, -500, -5350]
    assert priced.adjustment_minor == -1850


def test_the_rent_is_rounded_once() -> None:
    """D3.4: 0.99 twice 50 % off is 0.2475, not half of 0.50."""
    half = Adjustment("Half", percent=Decimal(-50))
    [priced] = price_lines([wanted(99, adjustment=half)], CouponTerms("HALF", Decimal(50)))
    assert priced.rent_minor == 25
    [priced] = price_lines([wanted(97, adjustment=half)], CouponTerms("HALF", Decimal(50)))
    assert priced.rent_minor == 24  # 24.25; rounded in between it would be 49 and then 25


coupons = st.one_of(
    st.none(),
    st.builds(CouponTerms, st.just("C"), st.decimals("0.01", 100, places=2)),
    st.builds(CouponTerms, st.just("C"), st.none(), st.integers(1, 50_000)),
)
adjustments = st.one_of(
    st.none(),
    st.builds(Adjustment, st.just("Why"), st.decimals(-100, 100, places=2)),
    # Whole ones: every currency has them.
    st.builds(Adjustment, st.just("Why"), st.none(), st.integers(-200, 200).map(Decimal)),
)
currencies = st.shared(
    st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX", "HUF", "TWD"]), key="currency"
)
some_lines = st.lists(
    st.builds(
        wanted,
        tiers=some_tiers,
        rules=some_rules,
        discounts=some_discounts,
        quantity=st.integers(1, 7),
        takes_coupon=st.booleans(),
        adjustment=adjustments,
        currency=currencies,
        tax_rate=st.decimals(0, 1, places=4),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@given(some_lines, coupons)
def test_sums_equal_their_parts_in_every_currency(
    lines: Sequence[Wanted], coupon: CouponTerms | None
) -> None:
    """D3.4, A10, A11"""
    for priced, asked in zip(price_lines(lines, coupon), lines, strict=True):
        unit = step(asked.currency)
        steps = sum(one.amount_minor for one in priced.steps)
        assert priced.rent_minor == priced.unit_minor * priced.quantity + steps
        assert priced.adjustment_minor == steps
        assert priced.rent_minor >= 0
        assert priced.tax_minor == round_minor(priced.rent_minor * asked.tax_rate, asked.currency)
        for amount in (priced.rent_minor, priced.unit_minor, priced.tax_minor):
            assert amount % unit == 0
        assert all(one.amount_minor % unit == 0 for one in priced.steps)


@settings(max_examples=40)
@given(some_lines, st.integers(1, 50_000))
def test_a_coupon_of_an_amount_takes_exactly_that(lines: Sequence[Wanted], amount: int) -> None:
    before = [price_line(line).rent_minor for line in lines if line.takes_coupon]
    priced = price_lines(lines, CouponTerms("C", amount_minor=amount))
    taken = [one.amount_minor for p in priced for one in p.steps if one.kind == "COUPON"]
    if all(line.adjustment is None for line in lines):
        after = [p.rent_minor for p, line in zip(priced, lines, strict=True) if line.takes_coupon]
        assert sum(after) == sum(before) + sum(taken)
        unit = step(lines[0].currency)
        assert -sum(taken) == min(amount // unit * unit, sum(before))


@settings(max_examples=40)
@given(
    some_tiers,
    some_rules,
    some_discounts,
    coupons,
    adjustments,
    starts,
    st.tuples(lengths, lengths).map(sorted),
    st.tuples(st.integers(1, 9), st.integers(1, 9)).map(sorted),
)
def test_longer_and_more_are_never_cheaper_whatever_comes_after_the_tiers(
    tiers: tuple[Tier, ...],
    rules: tuple[PriceRule, ...],
    discounts: tuple[QuantityDiscount, ...],
    coupon: CouponTerms | None,
    adjustment: Adjustment | None,
    start: datetime,
    both: list[timedelta],
    quantities: list[int],
) -> None:
    """A11, C10"""
    rents = [
        price_lines(
            [
                wanted(
                    tiers=tiers,
                    rules=rules,
                    discounts=discounts,
                    adjustment=adjustment,
                    quantity=quantity,
                    period=Period(start, start + length),
                )
            ],
            coupon,
        )[0].rent_minor
        for length, quantity in zip(both, quantities, strict=True)
    ]
    assert rents == sorted(rents)
