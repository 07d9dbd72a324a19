"""What a rental costs, and why (domain rules D3, D4). Amounts are integer minor units.

A line's price is made in this order: the cheapest cover by tiers (`tiers`), laid on dear and cheap
days (`rules`, `placement`), the quantity discount (`quantity`), the coupon (`coupons`), and what
staff change by hand (`adjustments`). `rent` carries the amount from step to step, exactly; `lines`
rounds it, and adds tax and deposit.
"""

from payments.domain.pricing.adjustments import Adjustment
from payments.domain.pricing.coupons import CouponTerms
from payments.domain.pricing.lines import (
    LinePrice,
    Totals,
    Wanted,
    before_coupon,
    price_line,
    price_lines,
    total,
)
from payments.domain.pricing.quantity import QuantityDiscount
from payments.domain.pricing.rent import StepKind, percentage
from payments.domain.pricing.rules import PriceRule
from payments.domain.pricing.tiers import DAY_GRACE, Cover, Tier, TierUnit, cheapest_cover

__all__ = [
    "DAY_GRACE",
    "Adjustment",
    "CouponTerms",
    "Cover",
    "LinePrice",
    "PriceRule",
    "QuantityDiscount",
    "StepKind",
    "Tier",
    "TierUnit",
    "Totals",
    "Wanted",
    "before_coupon",
    "cheapest_cover",
    "percentage",
    "price_line",
    "price_lines",
    "total",
]
