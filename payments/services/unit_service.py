"""What staff do with single units: register them, take them out of service, retire them.

Out of service means a `SupplyChange` that names the unit and begins now. So whatever binds a unit
includes now, and counting units is enough to know that one is there (domain rule D2.9).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from catalog.models import Product, SupplyChange, Unit
from common.errors import InvalidInput
from common.prepared import fetch
from payments.domain.errors import IllegalStep, UnitNotAvailable
from payments.services.serial_units import why_not_here


def register_units(*, product_id: UUID, serials: Sequence[str], notes: str = "") -> list[Unit]:
    """New units of a product. Raises InvalidInput for a serial number that it has already."""
    units = [Unit(product_id=product_id, serial=serial, notes=notes) for serial in serials]
    try:
        with transaction.atomic(durable=True):
            _lock_product(product_id)
            Unit.objects.bulk_create(units)
    except IntegrityError:
        text = "Each unit has a serial number of its own, and some of these are known already."
        raise InvalidInput(f"serial_numbers: {text}", errors={"serial_numbers": [text]}) from None
    return list(Unit.objects.with_status().filter(pk__in=[unit.pk for unit in units]))


def take_out_of_service(*, unit_id: UUID, until: datetime | None = None, note: str = "") -> Unit:
    """It cannot be rented from now on, until an instant or until it is put back.

    What is promised stays promised; where too little is left for it, staff see so. Raises
    UnitNotAvailable for a unit that is not here, and InvalidInput for an end in the past.
    """
    with transaction.atomic(durable=True):
        unit = _lock_unit(unit_id)
        now = _now()
        if until is not None and until <= now:
            text = "Must be in the future."
            raise InvalidInput(f"until: {text}", errors={"until": [text]})
        _check_is_here(unit)
        SupplyChange.objects.create(
            product_id=unit.product_id,
            unit=unit,
            quantity=-1,
            starts_at=now,
            ends_at=until,
            reason=SupplyChange.Reason.REPAIR,
            note=note,
        )
    return _shown(unit_id)


def return_to_service(*, unit_id: UUID) -> Unit:
    """It can be rented again, from now on. Raises IllegalStep unless it is out of service."""
    with transaction.atomic(durable=True):
        unit = _lock_unit(unit_id)
        away = SupplyChange.objects.filter(unit=unit).in_force()
        if unit.retired_at or not away.update(ends_at=Now()):
            raise IllegalStep("This unit is not out of service.")
    return _shown(unit_id)


def retire_unit(*, unit_id: UUID) -> Unit:
    """It is gone for good: sold, scrapped or lost.

    Raises UnitNotAvailable while it is out, and IllegalStep for one that is retired already.
    """
    with transaction.atomic(durable=True):
        unit = _lock_unit(unit_id)
        if unit.retired_at:
            raise IllegalStep("This unit is retired already.")
        if unit.bindings.filter(released_at=None).exists():
            _check_is_here(unit)
        SupplyChange.objects.filter(unit=unit).in_force().update(ends_at=Now())
        unit.retired_at = _now()
        unit.save(update_fields=["retired_at"])
    return _shown(unit_id)


def _check_is_here(unit: Unit) -> None:
    if why := why_not_here([unit]).get(unit.pk):
        raise UnitNotAvailable(f"{unit.serial} {why}.")


def _lock_unit(unit_id: UUID) -> Unit:
    unit = Unit.objects.get(pk=unit_id)
    _lock_product(unit.product_id)
    return Unit.objects.select_for_update(no_key=True).get(pk=unit_id)


def _lock_product(product_id: UUID) -> None:
    Product.objects.select_for_update(no_key=True).get(pk=product_id)


def _shown(unit_id: UUID) -> Unit:
    return Unit.objects.with_status().get(pk=unit_id)


_CLOCK: Final = "SELECT statement_timestamp()"


def _now() -> datetime:
    [(now,)] = fetch(_CLOCK)
    found: datetime = now
    return found
