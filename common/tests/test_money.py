"""A10 and A11: minor units of each kind of currency, and rounding."""

from decimal import Decimal

import pytest

from common.money import format_money, round_minor, step, to_decimal, to_minor


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (15425, "EUR", "154.25 EUR"),
        (5, "EUR", "0.05 EUR"),
        (154, "JPY", "154 JPY"),
        (154, "KRW", "154 KRW"),
        (1500, "ISK", "15.00 ISK"),
        (1500, "KWD", "1.500 KWD"),
        (-250, "eur", "-2.50 eur"),
    ],
)
def test_minor_units_are_shown_with_the_digits_of_the_currency(
    minor: int, currency: str, shown: str
) -> None:
    assert format_money(minor, currency) == shown
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.5", "EUR", 1),
        ("0.4999", "EUR", 0),
        ("1.5", "EUR", 2),
        ("2.5", "EUR", 3),
        ("149", "ISK", 100),
        ("150", "ISK", 200),
        ("1234", "KWD", 1230),
        ("1235", "KWD", 1240),
    ],
)
def test_rounding_is_half_up_to_what_can_be_charged(
    amount: str, currency: str, rounded: int
) -> None:
    assert round_minor(Decimal(amount), currency) == rounded
    assert rounded % step(currency) == 0


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.005", "EUR"), ("1.5", "JPY"), ("NaN", "EUR"), ("Infinity", "EUR")]
)
def test_an_amount_that_has_no_minor_units_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"digits|not a number"):
        to_minor(Decimal(amount), currency)
