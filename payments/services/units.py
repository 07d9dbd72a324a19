"""Where an order's units are: its reservations follow what staff hand over and take back (D2.4)."""

from datetime import datetime

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest, Least, Now

from catalog.models import MAX_RENTAL
from payments.domain.errors import IllegalStep
from payments.models import RentalOrder, Reservation
from payments.models.units import RESERVED_EARLIEST
from payments.services.lifecycle import database_refusals

Stage = Reservation.Stage


def units_go_out(order: RentalOrder, now: datetime) -> None:
    """The customer of a locked order takes its units, from now on.

    Raises OutOfStock where they are promised to somebody else until the rental begins, and
    IllegalStep long before that.
    """
    if order.rental_start_date - now > RESERVED_EARLIEST:
        raise IllegalStep(f"Units are handed over {RESERVED_EARLIEST.days} days early at most.")
    with database_refusals():
        rows = Reservation.objects.filter(order=order, is_active=True, stage=Stage.RESERVED)
        rows.filter(change=None).update(
            stage=Stage.OUT,
            due_at=order.rental_end_date,
            starts_at=Least(F("starts_at"), Now()),
        )


def units_come_back(order: RentalOrder) -> None:
    """They are here again, and occupied for their turnaround from now on (D1)."""
    late = Now() - Value(order.rental_end_date, DateTimeField())  # below zero if it is early
    Reservation.objects.filter(order=order, stage=Stage.OUT).update(
        stage=Stage.BACK,
        due_at=None,
        starts_at=Greatest(F("starts_at"), Now() - MAX_RENTAL),  # however late: a row is bounded
        ends_at=F("ends_at") + late,
    )


def units_are_still_out(order: RentalOrder) -> None:
    """That they came back was a mistake.

    Raises OutOfStock where somebody else was promised them meanwhile.
    """
    for row in Reservation.objects.filter(order=order, stage=Stage.BACK).select_related("item"):
        row.stage, row.is_active = Stage.OUT, True
        row.due_at = order.rental_end_date
        row.ends_at = order.rental_end_date + row.turnaround
        with database_refusals():
            row.save()
