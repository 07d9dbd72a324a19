"""What staff scan at pickup and return: each movement of units, and which units they were."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import Unit
from payments.domain.fulfilment import Condition, Move, MovementKind
from payments.models.files import StoredFile
from payments.models.items import RentalOrderItem
from payments.models.orders import RentalOrder


class MovementQuerySet(models.QuerySet["Movement"]):
    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at=None)


class Movement(models.Model):
    """Some units of a line went out, came back, or will not be picked up any more.

    A scan that was a mistake is undone and stays here. Where the units of a line are follows from
    its standing movements alone (`payments.domain.fulfilment`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="movements")
    item = models.ForeignKey(RentalOrderItem, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=4, choices=MovementKind.choices())
    quantity = models.PositiveIntegerField()
    condition = models.CharField(
        max_length=7, choices=Condition.choices(), blank=True, help_text="Of what came back."
    )
    notes = models.TextField(blank=True, max_length=2000, help_text="Staff alone see them.")
    at = models.DateTimeField(db_default=Now())
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undo_reason = models.CharField(max_length=200, blank=True)

    objects = MovementQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(name="movement_moves_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="movement_condition_of_what_is_back",
                condition=Q(kind="BACK", condition__in=list(Condition))
                | Q(kind__in=["OUT", "LEFT"], condition=""),
            ),
            models.CheckConstraint(
                name="movement_undone_with_a_reason",
                condition=Q(undone_at__isnull=True, undo_reason="")
                | Q(undone_at__isnull=False) & ~Q(undo_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.get_kind_display().lower()}"

    @property
    def is_lost(self) -> bool:
        return self.condition == Condition.LOST

    @property
    def move(self) -> Move:
        return Move(MovementKind(self.kind), self.quantity, self.at, self.is_lost)


class MovementPhoto(StoredFile):
    """How something looked when it went out or came back."""

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="photos")


class UnitBinding(models.Model):
    """A unit with a serial number is out for a line: since a pickup or swap, until `released_at`.

    `taken_by` is the movement that took it out; of a unit that was swapped in, the one that took
    out the unit before it. `returned_by` is the movement that brought it back.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="bindings")
    item = models.ForeignKey(RentalOrderItem, on_delete=models.PROTECT, related_name="bindings")
    bound_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="taken_units")
    returned_by = models.ForeignKey(
        Movement, on_delete=models.PROTECT, null=True, blank=True, related_name="returned_units"
    )

    class Meta:
        ordering = ["bound_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="unitbinding_out_once", fields=["unit"], condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="unitbinding_returned_is_released",
                condition=Q(returned_by__isnull=True) | Q(released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} for {self.item_id}"
