"""Which units are held when. The gate against overselling is the database trigger on Reservation
(migrations/0002_units_gate.py), so that no code path can go round it (domain rule D2.7)."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from catalog.models import Product
from payments.models.items import RentalOrderItem
from payments.models.orders import RentalOrder


class Reservation(models.Model):
    """Units of a product held for one line, preparation and turnaround included (D2.2).

    `is_active` is true exactly while the order's status holds units. Inserting or activating a row
    raises OutOfStock (as SQLSTATE RW001) when the peak would exceed the product's units.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="reservations")
    item = models.ForeignKey(RentalOrderItem, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reservation_quantity_positive", condition=Q(quantity__gte=1)
            ),
            models.CheckConstraint(
                name="reservation_period_not_empty", condition=Q(ends_at__gt=F("starts_at"))
            ),
            # What bounds the exact peak's search (migrations/0002_units_gate.py).
            models.CheckConstraint(
                name="reservation_duration_bounded",
                condition=Q(ends_at__lt=F("starts_at") + timedelta(days=430)),
            ),
        ]
        indexes = [
            # The exact peak reads a bounded stretch of this and nothing else (performance goal 9).
            models.Index(
                fields=["product", "starts_at", "ends_at"],
                include=["quantity"],
                condition=Q(is_active=True),
                name="reservation_active_by_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id} [{self.starts_at}, {self.ends_at})"


class ProductDay(models.Model):
    """How many units of a product are held by reservations that touch a UTC day.

    Kept by the trigger alone. It is both the lock that overlapping reservations share and a proof
    of availability: a count of all that touch the day is never below the true peak.
    """

    pk = models.CompositePrimaryKey("product_id", "day")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    used = models.IntegerField()
