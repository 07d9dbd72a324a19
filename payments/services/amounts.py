"""An `amount` that somebody sent, in minor units."""

from decimal import Decimal

from common.errors import InvalidInput
from common.money import to_minor


def amount_minor(amount: Decimal, currency: str) -> int:
    """`amount` in minor units of `currency`. Raises InvalidInput for more digits than it has."""
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        raise bad_amount(str(error)) from None


def bad_amount(why: str) -> InvalidInput:
    """The refusal that names the field."""
    return InvalidInput(f"amount: {why}", errors={"amount": [why]})
