"""What staff add to the price of a line by hand, or take from it (D3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from common.errors import InvalidInput
from common.money import to_decimal, to_minor
from payments.domain.pricing.rent import Rent, StepKind, percentage


@dataclass(frozen=True)
class Adjustment:
    """The last step of a line's price: `percent`, or `amount` in its currency, for the whole line,
    up or down.

    The customer reads the `reason`. Raises InvalidInput without one, unless it is one of both, or
    for a percentage that takes off more than there is.
    """

    reason: str
    percent: Decimal | None = None
    amount: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidInput("A change of the price needs a reason.")
        if (self.percent is None) == (self.amount is None):
            raise InvalidInput("A price is changed by a percentage or by an amount.")
        if self.percent is not None and self.percent < -100:
            text = "At most 100 percent can be taken off."
            raise InvalidInput(f"adjustments: {text}", errors={"adjustments": [text]})

    def of(self, rent: Rent) -> Rent:
        """The rent after it; never below zero. Raises InvalidInput for an amount with more digits
        than the currency has."""
        if self.percent is not None:
            factor = 1 + Fraction(self.percent) / 100
            by = percentage(self.percent)
            after = rent.then(StepKind.ADJUSTMENT, self.reason, rent.amount * factor, by=by)
            return after.by_percent(self.percent)
        return rent.then(StepKind.ADJUSTMENT, self.reason, rent.amount + self._minor(rent.currency))

    def _minor(self, currency: str) -> int:
        try:
            return to_minor(self.amount or Decimal(0), currency)
        except ValueError as error:
            text = str(error)
            raise InvalidInput(f"adjustments: {text}", errors={"adjustments": [text]}) from None

    @classmethod
    def agreed(cls, breakdown: Sequence[Mapping[str, Any]], currency: str) -> "Adjustment | None":
        """What a stored breakdown says was changed by hand, for pricing the line anew."""
        for part in breakdown:
            if part.get("step") == StepKind.ADJUSTMENT:
                if "percent" in part:
                    return cls(part["name"], percent=Decimal(part["percent"]))
                return cls(part["name"], amount=to_decimal(part["amount_minor"], currency))
        return None
