"""The lines of an order."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from catalog.models import Product
from payments.models.orders import RentalOrder


class RentalOrderItem(models.Model):
    """A line: some units of one product, with the price as it was when ordered (D3.5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    product_name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField(help_text="One unit for the whole period, minor units.")
    rent_minor = models.BigIntegerField()
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4)
    tax_minor = models.BigIntegerField()
    deposit_minor = models.BigIntegerField()
    adjustment_minor = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="What discounts take from the line (below zero) and surcharges add.",
    )
    price_breakdown = models.JSONField(default=list, blank=True)
    explanation = models.TextField(
        default="", db_default="", blank=True, help_text="The price in one sentence."
    )
    prep_time = models.DurationField(
        default=timedelta(0), db_default=timedelta(0), help_text="As it was when ordered (D2.2)."
    )
    turnaround_time = models.DurationField(default=timedelta(0), db_default=timedelta(0))
    parts = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Of a kit, as they were when ordered."
    )
    late_fee = models.JSONField(
        null=True,
        blank=True,
        help_text="What a late return costs, as it was when ordered; empty: nothing.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.CheckConstraint(
                name="rentalorderitem_quantity_positive", condition=Q(quantity__gte=1)
            ),
            models.CheckConstraint(
                name="rentalorderitem_line_adds_up",
                condition=Q(rent_minor=F("unit_minor") * F("quantity") + F("adjustment_minor")),
            ),
            models.CheckConstraint(
                name="rentalorderitem_amounts_not_negative",
                condition=Q(unit_minor__gte=0, rent_minor__gte=0)
                & Q(tax_minor__gte=0, deposit_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def made_of(self) -> str:
        """Of a kit, what each one is made of: `1 × Tent, 4 × Chair`; else empty."""
        return ", ".join(f"{part['quantity']} × {part['name']}" for part in self.parts)

    @property
    def currency(self) -> str:
        return self.order.currency

    @property
    def charged_deposit_minor(self) -> int:
        return self.deposit_minor if self.order.charged_deposit_minor else 0

    def turnaround_of(self, product_id: uuid.UUID) -> timedelta:
        """How long its units of a product are occupied after a return; a kit has several."""
        minutes = {part["product_id"]: part["turnaround_minutes"] for part in self.parts}
        if str(product_id) in minutes:
            return timedelta(minutes=minutes[str(product_id)])
        return self.turnaround_time
