"""What a coupon takes off the lines that it is for (D3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.money import step
from payments.domain.pricing.rent import Rent, StepKind, percentage


@dataclass(frozen=True)
class CouponTerms:
    """`percent` off each line, or `amount_minor` off all of them together."""

    code: str
    percent: Decimal | None = None
    amount_minor: int = 0


def with_coupon(coupon: CouponTerms, rents: Sequence[Rent]) -> list[Rent]:
    """The rents after `coupon`. An amount is shared by what the lines cost; none falls below 0."""
    if coupon.percent is not None:
        left, by = 1 - Fraction(coupon.percent) / 100, percentage(-coupon.percent)
        return [_taken(rent, coupon, rent.amount * left, by) for rent in rents]
    shares = shared(coupon.amount_minor, [rent.rent_minor for rent in rents], rents[0].currency)
    return [
        _taken(rent, coupon, rent.amount - share) for rent, share in zip(rents, shares, strict=True)
    ]


def _taken(rent: Rent, coupon: CouponTerms, amount: Fraction, by: str = "") -> Rent:
    return rent.then(StepKind.COUPON, coupon.code, amount, label=f"coupon {coupon.code}", by=by)


def shared(amount_minor: int, weights: Sequence[int], currency: str) -> list[int]:
    """Share an amount out by `weights`: in chargeable steps, to the last one (largest remainder).

    No share is above its weight: what is more than all of them is left.
    """
    total, unit = sum(weights), step(currency)
    steps = min(amount_minor, total) // unit
    exact = [Fraction(steps * weight, total or 1) for weight in weights]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: steps - sum(shares)]:
        shares[place] += 1
    return [share * unit for share in shares]
