"""The rows that stand below an order: its lines as they were priced, and the units they hold."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from payments.domain.changes import Shape
from payments.domain.period import Period
from payments.models import RentalOrder, RentalOrderItem, Reservation
from payments.services.late_fees import rule_of
from payments.services.quotes import Quote


def items_of(order: RentalOrder, quote: Quote) -> list[RentalOrderItem]:
    """The lines of a quote as rows of `order`, to be saved."""
    return [
        RentalOrderItem(
            order=order,
            product=line.product,
            product_name=line.product.name,
            quantity=line.price.quantity,
            unit_minor=line.price.unit_minor,
            rent_minor=line.price.rent_minor,
            tax_rate=line.price.tax_rate,
            tax_minor=line.price.tax_minor,
            deposit_minor=line.price.deposit_minor,
            adjustment_minor=line.price.adjustment_minor,
            price_breakdown=line.price.breakdown(),
            explanation=line.price.explanation,
            prep_time=line.product.prep_time,
            turnaround_time=line.product.turnaround_time,
            parts=[part.as_json() for part in line.parts],
            late_fee=rule_of(line.product).as_json(),
            position=position,
        )
        for position, line in enumerate(quote.lines)
    ]


def units_of(item: RentalOrderItem, order: RentalOrder) -> list[Reservation]:
    """The units that a line holds for the order's period, as rows to be saved: its own, or those of
    its kit's parts, with the buffers as they were when ordered (D2.2)."""
    period = order.period
    if not item.parts:
        occupied = period.widened(item.prep_time, item.turnaround_time)
        return [_row(item, order, item.product_id, item.quantity, occupied)]
    return [_of_part(item, order, part, period) for part in item.parts]


def _of_part(
    item: RentalOrderItem, order: RentalOrder, part: dict[str, Any], period: Period
) -> Reservation:
    occupied = period.widened(
        timedelta(minutes=part["prep_minutes"]), timedelta(minutes=part["turnaround_minutes"])
    )
    units = item.quantity * part["quantity"]
    return _row(item, order, UUID(part["product_id"]), units, occupied)


def _row(
    item: RentalOrderItem, order: RentalOrder, product_id: UUID, quantity: int, occupied: Period
) -> Reservation:
    return Reservation(
        order=order,
        item=item,
        product_id=product_id,
        quantity=quantity,
        starts_at=occupied.start,
        ends_at=occupied.end,
    )


def shape_of(order: RentalOrder, items: Sequence[RentalOrderItem]) -> Shape:
    """An order as the rules about changes see it."""
    return Shape(order.period, {item.product_id: item.quantity for item in items})
