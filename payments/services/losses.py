"""Units that did not come back are not there any more, from the return on (domain rule D2.3)."""

from collections.abc import Iterable
from typing import Any

from catalog.models import SupplyChange
from payments.models import Movement, Reservation


def write_off(returns: Iterable[Movement]) -> None:
    """Take what is lost out of the supply; a unit with a serial number by its name."""
    for movement in returns:
        if movement.is_lost:
            SupplyChange.objects.bulk_create(_changes(movement))


def find_again(movement: Movement) -> None:
    """It was not lost: nothing was ever taken from the supply. The movement keeps the mistake."""
    SupplyChange.objects.filter(
        product__in=list(_lost_of(movement)),
        reason=SupplyChange.Reason.LOST,
        starts_at=movement.at,
    ).delete()


def _changes(movement: Movement) -> Iterable[SupplyChange]:
    units = [binding.unit for binding in movement.returned_units.select_related("unit")]
    for unit in units:
        yield _lost(movement, product_id=unit.product_id, quantity=-1, unit=unit)
    tracked = {unit.product_id for unit in units}
    for product_id, quantity in _lost_of(movement).items():
        if product_id not in tracked:
            yield _lost(movement, product_id=product_id, quantity=-quantity)


def _lost_of(movement: Movement) -> dict[Any, int]:
    """How many units of each product the movement is about: a kit has several."""
    held = Reservation.objects.filter(item=movement.item_id).values_list("product_id", "quantity")
    found: dict[Any, int] = {}
    for product_id, quantity in held:
        found[product_id] = found.get(product_id, 0) + quantity
    share = movement.item.quantity
    return {pk: quantity * movement.quantity // share for pk, quantity in found.items()}


def _lost(movement: Movement, **change: Any) -> SupplyChange:
    return SupplyChange(
        starts_at=movement.at,
        reason=SupplyChange.Reason.LOST,
        note=f"Order {movement.order}",
        **change,
    )
