"""How many units there are, when; and products that are made of others (domain rule D2.3)."""

import uuid
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.products import Product


class SupplyChangeQuerySet(models.QuerySet["SupplyChange"]):
    def in_force(self) -> Self:
        """Those that count now, by the database's clock."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=Now()), starts_at__lte=Now())


class SupplyChange(models.Model):
    """So many units more or fewer than `Product.units`, from an instant on or for a while.

    Together with the product's units, the changes that are in force at an instant are its supply.
    A unit that breaks is a fact, so a change may leave less than what is promised.
    """

    class Reason(models.TextChoices):
        BOUGHT = "BOUGHT", "Bought"
        SOLD = "SOLD", "Sold"
        REPAIR = "REPAIR", "In repair"
        LOST = "LOST", "Lost"
        OTHER = "OTHER", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="supply_changes", db_index=False
    )
    quantity = models.IntegerField(help_text="Units more; below zero: fewer.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    reason = models.CharField(max_length=6, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(
        "Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supply_changes",
        help_text="The unit that is away, if its serial number is known.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SupplyChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="supplychange_changes_something",
                condition=~Q(quantity=0),
                violation_error_message="A change of no units changes nothing.",
            ),
            models.CheckConstraint(
                name="supplychange_period_not_empty",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="The change must end after it starts.",
            ),
            models.CheckConstraint(
                name="supplychange_reason_known",
                condition=Q(reason__in=["BOUGHT", "SOLD", "REPAIR", "LOST", "OTHER"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "starts_at"],
                include=["ends_at", "quantity"],
                name="supplychange_by_product",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.get_reason_display().lower()}"


class KitPart(models.Model):
    """So many units of another product in one unit of a kit.

    A kit has no units of its own: it is free as often as its parts are, and they are occupied with
    their own preparation and turnaround. Kits are not parts of kits.
    """

    # The unique constraint is also the index on the kit.
    kit = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="parts", db_index=False)
    part = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="part_of")
    quantity = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="kitpart_once",
                fields=["kit", "part"],
                violation_error_message="This is a part of the kit already.",
            ),
            models.CheckConstraint(
                name="kitpart_is_another_product",
                condition=~Q(kit=F("part")),
                violation_error_message="A kit is not a part of itself.",
            ),
            models.CheckConstraint(
                name="kitpart_quantity_in_range",
                condition=Q(quantity__range=(1, 1000)),
                violation_error_message="The quantity must be between 1 and 1000.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.part}"

    def clean(self) -> None:
        """Raises ValidationError where a kit would be a part of a kit."""
        if self.part_id and KitPart.objects.filter(kit=self.part_id).exists():
            raise ValidationError({"part": "This is a kit, which cannot be a part of another."})
        if self.kit_id and KitPart.objects.filter(part=self.kit_id).exists():
            raise ValidationError("This product is a part of a kit, so it cannot have parts.")
