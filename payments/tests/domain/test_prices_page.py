"""The examples in docs/prices.md are what the rules say."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from payments.domain.period import DAY, Period
from payments.domain.pricing import (
    CouponTerms,
    PriceRule,
    QuantityDiscount,
    Tier,
    TierUnit,
    Wanted,
    price_line,
    price_lines,
)

PAGE = (Path(__file__).parents[3] / "docs" / "prices.md").read_text()

MONDAY = datetime(2027, 6, 7, 10, tzinfo=UTC)
TIERS = tuple(
    Tier(TierUnit(unit), length, amount)
    for unit, length, amount in (("DAY", 1, 10000), ("DAY", 3, 25000), ("WEEK", 1, 50000))
)
SUMMER = PriceRule("High season", Decimal(20), date(2027, 6, 9), date(2027, 8, 31))
WEEKEND = PriceRule("Weekend", Decimal(10), weekdays=frozenset({6, 7}))
FROM_FIVE = (QuantityDiscount(5, Decimal(10)), QuantityDiscount(10, Decimal("22.5")))


def rows(title: str) -> list[list[str]]:
    """The cells of the table whose first column has that title."""
    lines = PAGE[PAGE.index(f"| {title} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def wanted(days: int = 1, quantity: int = 1, **overrides: Any) -> Wanted:
    values: dict[str, Any] = {
        "tiers": TIERS,
        "quantity": quantity,
        "tax_rate": Decimal(0),
        "deposit_unit_minor": 0,
        "currency": "EUR",
        "period": Period(MONDAY, MONDAY + days * DAY),
        "zone": ZoneInfo("Europe/Berlin"),
    }
    return Wanted(**{**values, **overrides})


def at(amount_minor: int, **overrides: Any) -> Wanted:
    return wanted(tiers=(Tier(TierUnit.DAY, 1, amount_minor),), **overrides)


def test_the_examples_of_tiers() -> None:
    for rented, explanation in rows("rented"):
        assert price_line(wanted(int(rented.split()[0]))).explanation == explanation


def test_the_examples_of_fixed_prices() -> None:
    tiers = (*TIERS, Tier(TierUnit.FIXED, 1, 58000))
    for rented, explanation in rows("rented with a fixed price"):
        line = wanted(int(rented.split()[0]), tiers=tiers)
        assert price_line(line).explanation == explanation


def test_the_examples_of_seasons_and_weekdays() -> None:
    for rented, explanation in rows("rented from Monday, June 7"):
        line = wanted(int(rented.split()[0]), rules=(SUMMER, WEEKEND))
        assert price_line(line).explanation == explanation


def test_the_examples_of_quantity_discounts() -> None:
    for units, explanation in rows("units for a day"):
        line = at(1000, quantity=int(units), discounts=FROM_FIVE)
        assert price_line(line).explanation == explanation


def test_the_examples_of_coupons() -> None:
    def amounts(words: str) -> list[int]:
        return [int(word.replace(".", "")) for word in words.replace("and", ",").split(",")]

    for before, after in rows("lines"):
        priced = price_lines(
            [at(amount) for amount in amounts(before)], CouponTerms("FIVE", amount_minor=500)
        )
        assert [line.rent_minor for line in priced] == amounts(after)


def test_the_example_of_all_together() -> None:
    every_day = PriceRule("High season", Decimal(20), weekdays=frozenset(range(1, 8)))
    line = wanted(8, 5, rules=(every_day,), discounts=FROM_FIVE)
    [priced] = price_lines([line], CouponTerms("SUMMER", amount_minor=500))
    assert f"> {priced.explanation}\n" in PAGE
