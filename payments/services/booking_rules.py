"""When a customer may book what, apart from what is free (domain rule D2.10)."""

from collections.abc import Sequence
from datetime import datetime

from catalog.models import Product
from payments.domain.opening import Opening, check_lead_time, check_opening
from payments.domain.period import Period, check_duration


def check_rules_of_shop(
    products: Sequence[Product], opening: Opening, period: Period, now: datetime
) -> None:
    """Raises InvalidInput unless each product may be rented so long and so soon, and the shop is
    open for pickup and return."""
    for product in products:
        check_duration(
            period,
            shortest=product.min_duration,
            longest=product.max_duration,
            product=product.name,
        )
        check_lead_time(
            opening, period.start, now=now, lead=product.booked_before, product=product.name
        )
    check_opening(opening, period)
