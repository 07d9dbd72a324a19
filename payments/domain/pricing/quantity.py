"""Quantity discounts: from so many units on, all of them cost less (D3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from payments.domain.pricing.rent import Rent, StepKind


@dataclass(frozen=True)
class QuantityDiscount:
    """`percent` off, for at least `min_quantity` units of the product."""

    min_quantity: int
    percent: Decimal

    def charged_units(self, quantity: int) -> Fraction:
        """How many units' price `quantity` units cost by it; fewer are charged as the minimum."""
        return max(quantity, self.min_quantity) * (1 - Fraction(self.percent) / 100)


def discounted(rent: Rent, discounts: Sequence[QuantityDiscount]) -> Rent:
    """The rent by the discount that is best for the customer, if any is.

    As with tiers, more units than wanted may be charged where that is cheaper: four never cost more
    than five.
    """
    best = min(discounts, key=lambda one: one.charged_units(rent.quantity), default=None)
    if best is None or best.charged_units(rent.quantity) >= rent.quantity:
        return rent
    off, least = f"{best.percent.normalize():f} % off", f"{best.min_quantity} units"
    is_met = rent.quantity >= best.min_quantity
    return rent.then(
        StepKind.QUANTITY,
        f"{off} from {least}",
        rent.amount / rent.quantity * best.charged_units(rent.quantity),
        label=off if is_met else f"charged as {least}:",
        by=f"from {least}" if is_met else off,
    )
