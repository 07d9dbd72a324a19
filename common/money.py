"""Money is an integer of minor units and a currency (domain rule D3.4). Decimal appears only at the
edges, where people and JSON read it; a float never does."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

# Minor-unit digits that differ from 2, as payment providers count them (Stripe, "Supported
# currencies"). ISK and UGX have no minor unit in daily life but are charged as two-decimal amounts.
_EXPONENTS: Final = {
    **dict.fromkeys(
        "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(),
        0,
    ),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 3),
}

# The smallest step in which an amount may be charged, where it is not one minor unit.
_STEPS: Final = {
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 10),
    **dict.fromkeys("ISK UGX".split(), 100),
}

# The largest amount Stripe accepts for one charge, in minor units.
MAX_MINOR: Final = 99_999_999


def exponent(currency: str) -> int:
    """Number of minor-unit digits of the ISO 4217 code `currency`: 0, 2 or 3."""
    return _EXPONENTS.get(currency.upper(), 2)


def step(currency: str) -> int:
    """The smallest chargeable step of `currency` in minor units: 1, 10 or 100."""
    return _STEPS.get(currency.upper(), 1)


def round_minor(amount: Decimal | Fraction, currency: str) -> int:
    """`amount`, in minor units and possibly fractional, rounded half up to a chargeable amount.

    This is the one rounding point of a line (domain rule D3.4).
    """
    numerator, denominator = amount.as_integer_ratio()
    unit = step(currency)
    steps = (2 * abs(numerator) + denominator * unit) // (2 * denominator * unit)
    return (steps if numerator > 0 else -steps) * unit


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """Minor units as a Decimal with exactly the currency's digits: `15425, "EUR"` -> `154.25`."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """A Decimal amount as minor units.

    Raises ValueError when `amount` has more digits than the currency, is not finite, or cannot be
    charged in the currency's steps.
    """
    if not amount.is_finite():
        raise ValueError("The amount is not a number.")
    minor = Fraction(amount) * 10 ** exponent(currency)  # exact, where Decimal has 28 digits
    if minor.denominator != 1:
        raise ValueError(f"{currency} has {exponent(currency)} digits after the point.")
    if minor % step(currency):
        raise ValueError(
            f"{currency} is charged in steps of {to_decimal(step(currency), currency)}."
        )
    return int(minor)


def format_money(amount_minor: int, currency: str) -> str:
    """For people: `15425, "EUR"` -> `154.25 EUR`."""
    return f"{to_decimal(amount_minor, currency)} {currency}"
