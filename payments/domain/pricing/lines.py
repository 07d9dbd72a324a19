"""Lines and totals: rounded rents with their tax and deposit (domain rules D3.4, D4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from common.deposits import DepositStrategy, strictest
from common.money import MAX_MINOR, round_minor
from payments.domain.errors import AmountTooLarge
from payments.domain.period import Period
from payments.domain.pricing.adjustments import Adjustment
from payments.domain.pricing.coupons import CouponTerms, with_coupon
from payments.domain.pricing.quantity import QuantityDiscount, discounted
from payments.domain.pricing.rent import Rent, Step, list_rent
from payments.domain.pricing.rules import PriceRule
from payments.domain.pricing.tiers import Cover, Tier


@dataclass(frozen=True)
class Wanted:
    """`quantity` units of a product for a period, and everything that makes up their price.

    `tax_rate` is a fraction. `takes_coupon`: whether the coupon of the order is for this product.
    `adjustment` is what staff change by hand, and nobody else.
    """

    tiers: tuple[Tier, ...]
    quantity: int
    tax_rate: Decimal
    deposit_unit_minor: int
    currency: str
    period: Period
    zone: ZoneInfo
    secured_by: DepositStrategy = DepositStrategy.CHARGE
    rules: tuple[PriceRule, ...] = ()
    discounts: tuple[QuantityDiscount, ...] = ()
    takes_coupon: bool = True
    adjustment: Adjustment | None = None


@dataclass(frozen=True)
class LinePrice:
    """One line of a quote: `quantity` units of a product for the period.

    `unit_minor` is the list price of one unit. `steps` are what came after it, and `explanation`
    is the whole as a sentence.
    """

    quantity: int
    unit_minor: int
    rent_minor: int
    tax_rate: Decimal
    tax_minor: int
    deposit_unit_minor: int
    deposit_minor: int
    cover: Cover
    secured_by: DepositStrategy = DepositStrategy.CHARGE
    steps: tuple[Step, ...] = ()
    explanation: str = ""

    @property
    def adjustment_minor(self) -> int:
        """What all steps together added to the list price, or took from it if below zero."""
        return self.rent_minor - self.unit_minor * self.quantity

    def breakdown(self) -> list[dict[str, Any]]:
        """The tiers of one unit, then the steps of the line, for storing (D3.5)."""
        return [*self.cover.breakdown(), *(step.as_json() for step in self.steps)]


@dataclass(frozen=True)
class Totals:
    """The sums of rounded lines (D3.4); the deposit is apart, it is not revenue (D4)."""

    rent_minor: int
    tax_minor: int
    deposit_minor: int
    deposit_strategy: DepositStrategy = DepositStrategy.CHARGE

    @property
    def total_minor(self) -> int:
        """Rent and tax: what the rental costs."""
        return self.rent_minor + self.tax_minor

    @property
    def due_minor(self) -> int:
        """What is asked at checkout: the rental, and the deposit if that is charged."""
        is_charged = self.deposit_strategy is DepositStrategy.CHARGE
        return self.total_minor + (self.deposit_minor if is_charged else 0)


def price_line(wanted: Wanted) -> LinePrice:
    """Price one line that no coupon is for. See `price_lines`."""
    return price_lines([wanted])[0]


def price_lines(lines: Sequence[Wanted], coupon: CouponTerms | None = None) -> list[LinePrice]:
    """Price the lines of an order in the order of D3.3: tiers, seasons and weekdays, quantity,
    coupon, adjustment.

    Rent and tax are each rounded half up once per line (D3.4), so that every amount can be charged,
    even where the tiers are not in the currency's steps (row A10). The deposit is untaxed (D4).
    Raises InvalidInput for a product without a price.
    """
    rents = [before_coupon(line) for line in lines]
    chosen = [place for place, line in enumerate(lines) if line.takes_coupon]
    if coupon and chosen:
        for place, rent in zip(
            chosen, with_coupon(coupon, [rents[p] for p in chosen]), strict=True
        ):
            rents[place] = rent
    return [_line_price(*pair) for pair in zip(lines, rents, strict=True)]


def before_coupon(line: Wanted) -> Rent:
    """The rent of a line by tiers, rules and quantity."""
    rent = list_rent(line.tiers, line.rules, line.quantity, line.currency, line.period, line.zone)
    return discounted(rent, line.discounts)


def _line_price(line: Wanted, rent: Rent) -> LinePrice:
    if line.adjustment:
        rent = line.adjustment.of(rent)
    rent_minor = rent.rent_minor
    asked = 0 if line.secured_by is DepositStrategy.NONE else line.deposit_unit_minor
    deposit_unit = round_minor(Decimal(asked), line.currency)
    return LinePrice(
        quantity=line.quantity,
        unit_minor=rent.cover.amount_minor,
        rent_minor=rent_minor,
        tax_rate=line.tax_rate,
        tax_minor=round_minor(rent_minor * line.tax_rate, line.currency),
        deposit_unit_minor=deposit_unit,
        deposit_minor=deposit_unit * line.quantity,
        cover=rent.cover,
        secured_by=line.secured_by,
        steps=rent.steps,
        explanation=rent.explained(),
    )


def total(lines: list[LinePrice]) -> Totals:
    """Sum the lines. Raises AmountTooLarge above what a gateway can charge or hold at once."""
    totals = Totals(
        rent_minor=sum(line.rent_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        deposit_minor=sum(line.deposit_minor for line in lines),
        deposit_strategy=strictest(line.secured_by for line in lines if line.deposit_minor),
    )
    if max(totals.due_minor, totals.deposit_minor) > MAX_MINOR:
        raise AmountTooLarge(errors={"cart_items": [AmountTooLarge.default_message]})
    return totals
