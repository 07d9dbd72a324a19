"""Which units are held when. The gate against overselling is the database trigger on Reservation
(migrations/0017_supply_in_the_gate.py), so that no code path can go round it (domain rule D2.7)."""

import uuid
from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

from catalog.models import Product
from payments.models.changes import OrderChange
from payments.models.items import RentalOrderItem
from payments.models.orders import RentalOrder

# The longest rental with the longest buffers, handed over a month early. It bounds the exact peak's
# search (migrations/0020_levels.py), and so how early units may be handed over.
LONGEST: Final = timedelta(days=460)


class Reservation(models.Model):
    """Units of a product that share a fate, held for one line; with preparation and turnaround
    (D2.2).

    The quantities of a line's rows add up to the line's (of a kit's line: for each part).
    Inserting, activating or enlarging what is promised raises OutOfStock (as SQLSTATE RW001) where
    more would be needed than there are. What is out or back is a fact, and only written down; units
    that are out past `due_at` count until a day from now (D2.6).
    """

    class Stage(models.TextChoices):
        RESERVED = "RESERVED", "Reserved"
        OUT = "OUT", "Out"
        BACK = "BACK", "Back"  # occupied for its turnaround, and then never again

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="reservations")
    item = models.ForeignKey(
        RentalOrderItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    change = models.ForeignKey(
        OrderChange,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reservations",
        help_text="What needs these units beside the order's own, until it is paid.",
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_active = models.BooleanField(default=True, help_text="Whether it counts.")
    stage = models.CharField(
        max_length=8, choices=Stage, default=Stage.RESERVED, db_default=Stage.RESERVED
    )
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="When units that are out must be back."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reservation_for_a_line_or_a_change",
                condition=Q(item__isnull=False, change=None) | Q(item=None, change__isnull=False),
            ),
            models.CheckConstraint(
                name="reservation_quantity_positive", condition=Q(quantity__gte=1)
            ),
            models.CheckConstraint(
                name="reservation_period_not_empty", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="reservation_duration_bounded",
                condition=Q(ends_at__lt=F("starts_at") + LONGEST),
            ),
            models.CheckConstraint(
                name="reservation_out_is_due",
                condition=Q(stage="OUT", due_at__isnull=False)
                | Q(stage__in=["RESERVED", "BACK"], due_at__isnull=True),
            ),
        ]
        indexes = [
            # The exact peak reads a bounded stretch of this and nothing else (performance goal 9).
            models.Index(
                fields=["product", "starts_at", "ends_at"],
                include=["quantity", "order"],
                condition=Q(is_active=True),
                name="reservation_active_by_start",
            ),
            # Of what began longer ago, only the long rentals can matter: there are few of them.
            models.Index(
                fields=["product", "ends_at", "starts_at"],
                include=["quantity", "order"],
                condition=Q(
                    GreaterThan(F("ends_at") - F("starts_at"), timedelta(days=10)), is_active=True
                ),
                name="reservation_long_by_end",
            ),
            # The few that are overdue: whatever asks for what is free asks for them, too.
            models.Index(
                fields=["product", "due_at"],
                include=["ends_at", "quantity"],
                condition=Q(is_active=True, stage="OUT"),
                name="reservation_out_by_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id} [{self.starts_at}, {self.ends_at})"

    @property
    def turnaround(self) -> timedelta:
        """How long the units are occupied after the return, as it was when ordered."""
        return self.item.turnaround_of(self.product_id) if self.item else timedelta(0)


class ProductDay(models.Model):
    """How many units of a product are held by reservations that touch a UTC day.

    Kept by the trigger alone. It is both the lock that overlapping reservations share and a proof
    of availability: a count of all that touch the day is never below the true peak.
    """

    pk = models.CompositePrimaryKey("product_id", "day")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    used = models.IntegerField()
