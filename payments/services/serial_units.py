"""Units with serial numbers: bound to a line at pickup, as late as can be (domain rule D2.9)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from catalog.models import Product, Unit
from common.errors import InvalidInput
from payments.domain.errors import IllegalStep, UnitNotAvailable
from payments.domain.states import OrderStatus
from payments.models import Movement, RentalOrder, RentalOrderItem, UnitBinding
from payments.services import idempotency
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order
from payments.services.movements import Scan, next_instant


def bind_units(pickups: Iterable[tuple[Movement, Scan]]) -> None:
    """Bind units to the lines for which they go out: those that were scanned, or any that are here.

    Raises UnitNotAvailable for a unit that is out, out of service or retired, or where too few are
    here; InvalidInput for serial numbers that are not the product's, or too many or few of them.
    """
    for movement, scan in pickups:
        for product, serials in _share_out(movement.item, scan.serial_numbers):
            wanted = movement.quantity * _per_unit(movement.item, product.pk)
            if serials and len(serials) != wanted:
                raise _bad_serials(f"{wanted} of {product} go out, and not {len(serials)}.")
            units = _these(product, serials) if serials else _any(product, wanted)
            UnitBinding.objects.bulk_create(
                UnitBinding(unit=unit, item=movement.item, bound_at=movement.at, taken_by=movement)
                for unit in units
            )


def return_units(returns: Iterable[tuple[Movement, Scan]]) -> None:
    """Let units go that came back: those that were scanned, or all that are out for the line.

    Raises InvalidInput for serial numbers that are not out for it, or where it must be said which
    of several units came back.
    """
    for movement, scan in returns:
        for product, serials in _share_out(movement.item, scan.serial_numbers):
            wanted = movement.quantity * _per_unit(movement.item, product.pk)
            bound = out_for(movement.item, product)
            if serials:
                bound = [binding for binding in bound if binding.unit.serial in serials]
            if len(bound) != wanted or (serials and len(serials) != wanted):
                raise _bad_serials(f"Say which {wanted} of {product} came back, of those here out.")
            for binding in bound:
                binding.released_at, binding.returned_by = movement.at, movement
                binding.save(update_fields=["released_at", "returned_by"])


def never_went_out(movement: Movement, now: datetime) -> None:
    """The pickup was a mistake: its units are here."""
    movement.taken_units.filter(released_at=None).update(released_at=now)


def never_came_back(movement: Movement) -> None:
    """The return was a mistake. Raises UnitNotAvailable for a unit that is elsewhere by now."""
    bindings = list(movement.returned_units.select_related("unit"))
    units = [binding.unit for binding in bindings]
    list(
        Unit.objects.filter(pk__in=[u.pk for u in units])
        .order_by("serial")
        .select_for_update(no_key=True)
    )
    _check_here(units)
    for binding in bindings:
        binding.released_at = binding.returned_by = None
        binding.save(update_fields=["released_at", "returned_by"])


def swap_unit(
    *,
    order_id: UUID,
    item_id: UUID,
    old: str,
    new: str,
    reason: str,
    actor: Actor,
    request: Request | None = None,
) -> RentalOrder:
    """The customer gives one unit back and takes another of the same product for it.

    Raises IllegalStep unless the order is picked up, KeyReused, UnitNotAvailable, and InvalidInput
    for a unit that is not out for the line.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        if order.state is not OrderStatus.PICKED_UP:
            raise IllegalStep("Units are swapped while the order is out.")
        binding = _out_for_line(order, item_id, old)
        [unit] = _these(binding.unit.product, [new])
        now = next_instant(order)
        binding.released_at = now
        binding.save(update_fields=["released_at"])
        UnitBinding.objects.create(
            unit=unit, item_id=item_id, bound_at=now, taken_by=binding.taken_by
        )
        record(order, "units.swapped", actor, item=str(item_id), old=old, new=new, reason=reason)
    return order


def out_for(item: RentalOrderItem, product: Product) -> list[UnitBinding]:
    """The units of a product that are out for a line."""
    open_bindings = UnitBinding.objects.filter(item=item, released_at=None)
    return list(open_bindings.filter(unit__product=product).select_related("unit"))


def _out_for_line(order: RentalOrder, item_id: UUID, serial: str) -> UnitBinding:
    bindings = UnitBinding.objects.filter(item=item_id, item__order=order, released_at=None)
    found = bindings.filter(unit__serial=serial).select_related("unit__product").first()
    if found is None:
        raise _bad_serials(f"{serial} is not out for this line.", "old")
    return found


def _per_unit(item: RentalOrderItem, product_id: UUID) -> int:
    parts: dict[str, int] = {part["product_id"]: part["quantity"] for part in item.parts}
    return parts.get(str(product_id), 1)


def _share_out(item: RentalOrderItem, serials: Sequence[str]) -> list[tuple[Product, list[str]]]:
    """The line's products that track units, each with those of `serials` that are its own."""
    if not (item.parts or serials or item.product.tracks_units):
        return []  # as with most, and without asking
    ids = [part["product_id"] for part in item.parts] or [item.product_id]
    products = Product.objects.filter(pk__in=ids, tracks_units=True).order_by("name")
    found = [
        (
            product,
            list(product.serial_units.filter(serial__in=serials).values_list("serial", flat=True)),
        )
        for product in products
    ]
    known = {serial for _, own in found for serial in own}
    if unknown := [serial for serial in serials if serial not in known]:
        raise _bad_serials(f"{item.product_name} has no unit {', '.join(unknown)}.")
    if len(set(serials)) < len(serials):
        raise _bad_serials("A unit goes once.")
    return found


def _these(product: Product, serials: Sequence[str]) -> list[Unit]:
    """These units, locked. Raises UnitNotAvailable unless all of them are here."""
    units = _locked(product, serials)
    _check_here(units)
    if len(units) < len(serials):
        raise _bad_serials(f"{product} has no unit {', '.join(serials)}.", "new")
    return units


def _any(product: Product, count: int) -> list[Unit]:
    """So many units that are here, locked. Raises UnitNotAvailable where there are fewer."""
    units = _locked(product)
    why = why_not_here(units)
    here = [unit for unit in units if unit.pk not in why]
    if len(here) < count:
        others = "; ".join(f"{unit.serial} {why[unit.pk]}" for unit in units if unit.pk in why)
        raise UnitNotAvailable(f"{len(here)} of {product} are here: {others[:500]}.")
    return here[:count]


def _locked(product: Product, serials: Sequence[str] = ()) -> list[Unit]:
    """Units of a product that are not retired, in the order in which everybody locks them."""
    units = Unit.objects.filter(product=product)
    units = units.filter(serial__in=serials) if serials else units.filter(retired_at=None)
    return list(units.order_by("serial").select_for_update(no_key=True))


def _check_here(units: Sequence[Unit]) -> None:
    why = why_not_here(units)
    for unit in units:
        if unit.pk in why:
            raise UnitNotAvailable(f"{unit.serial} {why[unit.pk]}.")


def why_not_here(units: Sequence[Unit]) -> dict[UUID, str]:
    """Why locked units cannot go out, for those that cannot. Asked anew: locks were waited for."""
    why = {
        unit.pk: f"is {unit.status.label.lower()}"
        for unit in Unit.objects.filter(pk__in=[unit.pk for unit in units]).with_status()
        if unit.status != Unit.Status.IN_SERVICE
    }
    bound = UnitBinding.objects.filter(unit__in=units, released_at=None)
    for binding in bound.select_related("item__order"):
        why[binding.unit_id] = f"is out with order {binding.item.order}"
    return why


def _bad_serials(text: str, field: str = "serial_numbers") -> InvalidInput:
    return InvalidInput(f"{field}: {text}", errors={field: [text]})
