"""What late returns cost: the rule of a product or of the shop, kept on the lines, and what it asks
for."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Product
from payments.domain.fulfilment import MovementKind
from payments.domain.late_fees import LateCharge, LateFee, LateUnit, late_charge
from payments.models import RentalOrder, RentalOrderItem
from payments.services.movements import Lines


def rule_of(product: Product) -> LateFee:
    """What a late return of it costs from now on, by its own rule or else the shop's; lines keep it
    as it was when ordered."""
    if product.late_fee_minor is None:
        return _rule_of_the_shop(product.currency)
    return LateFee(
        product.late_fee_minor,
        LateUnit(product.late_fee_unit),
        product.late_grace,
        product.late_cap_minor,
    )


def _rule_of_the_shop(currency: str) -> LateFee:
    """Its amounts are in the shop's currency, so products in another one need their own."""
    if currency != settings.SHOP_CURRENCY:
        return LateFee(0)
    return LateFee(
        settings.LATE_FEE_MINOR,
        LateUnit(settings.LATE_FEE_UNIT),
        settings.LATE_GRACE,
        settings.LATE_CAP_MINOR,
    )


def late_fee(
    order: RentalOrder, item: RentalOrderItem, quantity: int, at: datetime
) -> LateCharge | None:
    """What so many units of a line cost if they come back at `at`; None where that is nothing."""
    return late_charge(
        LateFee.parse(item.late_fee),
        quantity=quantity,
        due_at=order.rental_end_date,
        back_at=at,
        zone=ZoneInfo(settings.SHOP_TIME_ZONE),
        currency=order.currency,
    )


def late_fees_now(order: RentalOrder, now: datetime) -> list[tuple[RentalOrderItem, LateCharge]]:
    """What the return of everything that is out would cost now, by line."""
    lines = Lines.of(order)
    found = []
    for item in lines.items:
        out = lines.room(item.pk, MovementKind.BACK)
        if out and (charge := late_fee(order, item, out, now)):
            found.append((item, charge))
    return found
