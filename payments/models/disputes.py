"""Money that a customer wants back through his bank (domain rule D6.10)."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from payments.domain.states import DISPUTE_BLOCKS, DISPUTE_OPEN, DisputeStatus
from payments.models.orders import RentalOrder
from payments.models.payments import Payment


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> Self:
        """The bank has not decided yet."""
        return self.filter(status__in=DISPUTE_OPEN)


class Dispute(models.Model):
    """One dispute of a payment, as the gateway tells it. It moves no order and frees no units.

    Its amount may differ from the payment's, and a payment may be disputed again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway_dispute_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=14, choices=DisputeStatus.choices())
    reason = models.CharField(max_length=100, blank=True, help_text="The payment service's word.")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    respond_by = models.DateTimeField(
        null=True, blank=True, help_text="Until when evidence can be handed in."
    )
    withdrawn_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When we heard that the bank has taken the money (the last time).",
    )
    reinstated_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When we heard that it has given it back; empty while it has it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["respond_by"],
                name="dispute_to_answer",
                condition=Q(status__in=["INQUIRY", "NEEDS_RESPONSE"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Dispute {self.gateway_dispute_id}"

    @property
    def state(self) -> DisputeStatus:
        return DisputeStatus(self.status)

    @property
    def blocks_refunds(self) -> bool:
        """Whether the bank has the money, or may yet take it."""
        return self.state in DISPUTE_BLOCKS
