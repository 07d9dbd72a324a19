"""Single units with a serial number, as an option of a product (domain rule D2.9)."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q

from catalog.models.products import Product
from catalog.models.supply import SupplyChange


class UnitQuerySet(models.QuerySet["Unit"]):
    def with_status(self) -> "UnitQuerySet":
        """With what `status` needs, by the database's clock."""
        away = SupplyChange.objects.filter(unit=OuterRef("pk")).in_force()
        return self.annotate(is_away=Exists(away))


class Unit(models.Model):
    """One thing that can be told from its equals by its serial number.

    A product that `tracks_units` has as many units as are not retired; the database sees to it. A
    unit that is out of service has a `SupplyChange` that names it, and nothing else says so.
    """

    class Status(models.TextChoices):
        IN_SERVICE = "IN_SERVICE", "In service"
        OUT_OF_SERVICE = "OUT_OF_SERVICE", "Out of service"
        RETIRED = "RETIRED", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The unique constraint is also the index on the product.
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="serial_units", db_index=False
    )
    serial = models.CharField("serial number", max_length=80)
    notes = models.TextField(max_length=2000, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="Sold, scrapped or lost.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["product", "serial"]
        verbose_name = "unit with a serial number"
        verbose_name_plural = "units with serial numbers"
        constraints = [
            models.UniqueConstraint(
                name="unit_serial_once_per_product",
                fields=["product", "serial"],
                violation_error_message="There is a unit with this serial number already.",
            ),
            models.CheckConstraint(name="unit_has_a_serial", condition=~Q(serial="")),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def status(self) -> Status:
        """Needs `with_status()` to tell what is out of service."""
        if self.retired_at:
            return self.Status.RETIRED
        is_away = getattr(self, "is_away", False)
        return self.Status.OUT_OF_SERVICE if is_away else self.Status.IN_SERVICE
