"""When a customer may book what, apart from what is free (domain rule D2.10)."""

from collections.abc import Sequence
from datetime import datetime

from catalog.models import Product
from payments.domain.opening import Opening, check_lead_time, check_opening, check_return
from payments.domain.period import Period, check_duration


def check_rules_of_shop(
    products: Sequence[Product],
    opening: Opening,
    period: Period,
    now: datetime,
    *,
    starts_anew: bool = True,
) -> None:
    """Raises InvalidInput unless each product may be rented so long and so soon, and the shop is
    open for pickup and return. A pickup that was agreed before is not asked about again."""
    for product in products:
        check_duration(
            period,
            shortest=product.min_duration,
            longest=product.max_duration,
            product=product.name,
        )
        if starts_anew:
            check_lead_time(
                opening, period.start, now=now, lead=product.booked_before, product=product.name
            )
    if starts_anew:
        check_opening(opening, period)
    else:
        check_return(opening, period)
