"""What staff add to the price of a line by hand, or take from it (D3.3)."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.errors import InvalidInput
from payments.domain.pricing.rent import Rent, StepKind, percentage


@dataclass(frozen=True)
class Adjustment:
    """The last step of a line's price: `percent` or `amount_minor`, for the whole line, up or down.

    The customer reads the `reason`. Raises InvalidInput without one, or unless it is one of both.
    """

    reason: str
    percent: Decimal | None = None
    amount_minor: int | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidInput("A change of the price needs a reason.")
        if (self.percent is None) == (self.amount_minor is None):
            raise InvalidInput("A price is changed by a percentage or by an amount.")

    def of(self, rent: Rent) -> Rent:
        """The rent after it; never below zero."""
        if self.percent is not None:
            amount, by = rent.amount * (1 + Fraction(self.percent) / 100), percentage(self.percent)
        else:
            amount, by = rent.amount + (self.amount_minor or 0), ""
        return rent.then(StepKind.ADJUSTMENT, self.reason, amount, by=by)
