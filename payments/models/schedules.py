"""Installment plans. The rows are here; what collects them comes with the installment service."""

import uuid

from django.db import models
from django.db.models import Q

from payments.models.orders import RentalOrder
from payments.models.payments import Payment


class PaymentSchedule(models.Model):
    """One part of an order's price, and the day it is due."""

    class ScheduleStatus(models.TextChoices):
        PENDING = "PENDING", "Pending"
        PAID = "PAID", "Paid"
        OVERDUE = "OVERDUE", "Overdue"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="schedules")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="schedules"
    )
    sequence = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=12, choices=ScheduleStatus.choices, default=ScheduleStatus.PENDING
    )
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["order", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="paymentschedule_part_once"),
            models.CheckConstraint(
                name="paymentschedule_amount_positive", condition=Q(amount_minor__gt=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], name="paymentschedule_due", condition=Q(status="PENDING")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} part {self.sequence}"
