"""D3.4, D4: lines and totals; matrix rows A10 and A11."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import MAX_MINOR, step
from payments.domain.errors import AmountTooLarge
from payments.domain.period import DAY, Period
from payments.domain.pricing import LinePrice, Tier, TierUnit, Wanted, price_line, total

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def line(amount_minor: int = 2500, days: int = 2, **overrides: Any) -> LinePrice:
    """Two days at 25.00 a day, 19 % tax, a deposit of 50.00 per unit."""
    values: dict[str, Any] = {
        "tiers": (Tier(TierUnit.DAY, 1, amount_minor),),
        "quantity": 1,
        "tax_rate": Decimal("0.1900"),
        "deposit_unit_minor": 5000,
        "currency": "EUR",
        "period": Period(NOON, NOON + days * DAY),
        "zone": ZoneInfo("Europe/Berlin"),
    }
    return price_line(Wanted(**{**values, **overrides}))


def test_a_line_is_rent_tax_and_deposit() -> None:
    priced = line(quantity=2)
    assert (priced.unit_minor, priced.rent_minor) == (5000, 10000)
    assert priced.tax_minor == 1900
    assert (priced.deposit_unit_minor, priced.deposit_minor) == (5000, 10000)


def test_the_deposit_is_not_taxed() -> None:
    """D4"""
    assert line(deposit_unit_minor=0).tax_minor == line(deposit_unit_minor=99_999).tax_minor


@pytest.mark.parametrize(
    ("amount", "quantity", "rate", "tax"),
    [
        (50, 1, "0.19", 10),  # 9.5 goes up
        (50, 3, "0.19", 29),  # 28.5: rounded once per line, not 3 × 10
        (49, 1, "0.19", 9),  # 9.31
        (1, 1, "0.5", 1),
        (1, 1, "0.4999", 0),
        (10000, 1, "0", 0),
        (10000, 1, "1", 10000),
    ],
)
def test_tax_is_rounded_half_up_once_per_line(
    amount: int, quantity: int, rate: str, tax: int
) -> None:
    assert line(amount, 1, quantity=quantity, tax_rate=Decimal(rate)).tax_minor == tax


@pytest.mark.parametrize(
    ("currency", "amount", "unit", "tax"),
    [
        ("JPY", 333, 333, 63),
        ("KWD", 1234, 1230, 230),  # tax 233.7, to the nearest ten
        ("ISK", 12_345, 12_300, 2300),
        ("EUR", 1234, 1234, 234),
    ],
)
def test_every_amount_is_in_the_currency_s_steps(
    currency: str, amount: int, unit: int, tax: int
) -> None:
    """A10: even where a price was entered in another currency's digits."""
    priced = line(amount, 1, currency=currency, deposit_unit_minor=amount)
    assert (priced.unit_minor, priced.tax_minor) == (unit, tax)
    assert priced.deposit_unit_minor == unit


def test_the_largest_charge_passes_and_one_cent_more_does_not() -> None:
    """A11"""
    largest = line(MAX_MINOR - 1, 1, tax_rate=Decimal(0), deposit_unit_minor=1)
    assert total([largest]).due_minor == MAX_MINOR == 99_999_999
    one_more = line(1, 1, tax_rate=Decimal(0), deposit_unit_minor=0)
    with pytest.raises(AmountTooLarge):
        total([largest, one_more])


def test_nothing_costs_nothing() -> None:
    assert total([]).due_minor == 0


lines = st.builds(
    line,
    st.integers(1, 40_000),
    st.integers(1, 10),
    quantity=st.integers(1, 9),
    tax_rate=st.decimals(0, 1, places=4),
    deposit_unit_minor=st.integers(0, 20_000),
    currency=st.shared(st.sampled_from(["EUR", "JPY", "KWD", "ISK"]), key="currency"),
)


@given(st.lists(lines, min_size=1, max_size=5))
def test_totals_are_the_sums_of_rounded_lines(priced: list[LinePrice]) -> None:
    """A11"""
    totals = total(priced)
    assert totals.rent_minor == sum(one.unit_minor * one.quantity for one in priced)
    assert totals.tax_minor == sum(one.tax_minor for one in priced)
    assert totals.deposit_minor == sum(one.deposit_unit_minor * one.quantity for one in priced)
    assert totals.total_minor == totals.rent_minor + totals.tax_minor
    assert totals.due_minor == totals.total_minor + totals.deposit_minor


@given(lines, st.shared(st.sampled_from(["EUR", "JPY", "KWD", "ISK"]), key="currency"))
def test_each_part_of_a_line_can_be_charged(priced: LinePrice, currency: str) -> None:
    """A10"""
    for amount in (priced.unit_minor, priced.tax_minor, priced.deposit_unit_minor):
        assert amount % step(currency) == 0
    assert priced.rent_minor == priced.unit_minor * priced.quantity
    assert abs(priced.tax_minor - priced.rent_minor * priced.tax_rate) * 2 <= step(currency)
