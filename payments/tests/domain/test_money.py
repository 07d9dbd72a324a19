"""A10 and A11: every currency that Stripe charges in an odd way, and exact sums whatever the size.

The common cases stand in common/tests/test_money.py.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import MAX_MINOR, exponent, round_minor, step, to_decimal, to_minor

# Stripe, "Supported currencies", written down here a second time.
ZERO_DECIMAL: Final = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
THREE_DECIMAL: Final = "BHD JOD KWD OMR TND".split()
WHOLE_ONLY: Final = "ISK UGX".split()  # two digits, always 00
TWO_DECIMAL: Final = "EUR USD GBP CHF HUF TWD".split()
ALL: Final = [*ZERO_DECIMAL, *THREE_DECIMAL, *WHOLE_ONLY, *TWO_DECIMAL]

currencies = st.sampled_from(ALL)
amounts = st.integers(-MAX_MINOR, MAX_MINOR)


@pytest.mark.parametrize("currency", ALL)
def test_each_currency_has_the_digits_that_stripe_counts(currency: str) -> None:
    expected = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    assert exponent(currency) == expected
    assert exponent(currency.lower()) == expected


@pytest.mark.parametrize("currency", ALL)
def test_each_currency_is_charged_in_the_steps_that_stripe_takes(currency: str) -> None:
    expected = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    assert step(currency) == expected


@given(amounts, currencies)
def test_what_can_be_charged_survives_the_way_to_people_and_back(minor: int, currency: str) -> None:
    chargeable = minor - minor % step(currency)
    shown = str(to_decimal(chargeable, currency))
    assert to_minor(Decimal(shown), currency) == chargeable
    digits = len(shown.partition(".")[2])
    assert digits == exponent(currency)


@given(st.decimals(-MAX_MINOR, MAX_MINOR, places=8), currencies)
def test_rounding_is_to_the_nearest_chargeable_amount_and_half_goes_up(
    amount: Decimal, currency: str
) -> None:
    rounded = round_minor(amount, currency)
    assert rounded % step(currency) == 0
    distance = abs(rounded - amount)
    assert distance * 2 <= step(currency)
    if distance * 2 == step(currency):
        assert abs(rounded) > abs(amount)  # away from zero


@given(amounts, st.integers(0, 10_000))
def test_tax_equals_the_tax_computed_with_fifty_digits(minor: int, rate: int) -> None:
    with localcontext(prec=50):
        exact = (Decimal(minor) * rate / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_minor(minor * (Decimal(rate) / 10_000), "EUR") == exact


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("12.50", "ISK"), ("0.01", "UGX"), ("1.005", "KWD"), ("-0.50", "ISK")],
)
def test_an_amount_between_two_steps_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="steps of"):
        to_minor(Decimal(amount), currency)


def test_a_digit_too_many_is_seen_however_far_behind_the_point_it_is() -> None:
    with pytest.raises(ValueError, match="digits"):
        to_minor(Decimal("1." + "0" * 40 + "1"), "EUR")
    assert to_minor(Decimal("1." + "0" * 40), "EUR") == 100
