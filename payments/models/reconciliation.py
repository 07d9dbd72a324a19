"""Where the gateway's books and ours do not say the same."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.gateways import PaymentGateway
from payments.models.payments import Payment


class ReconciliationFindingQuerySet(models.QuerySet["ReconciliationFinding"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class ReconciliationFinding(models.Model):
    """One object of the gateway's on which the books differ and that no fact could mend.

    It is resolved by a person with a note, or by itself once the books agree. What a person has
    resolved is opened again only if one side says something new.
    """

    class Kind(models.TextChoices):
        PAYMENT = "PAYMENT", "Payment"
        REFUND = "REFUND", "Refund"
        DISPUTE = "DISPUTE", "Dispute"

    class Problem(models.TextChoices):
        ORPHAN = "ORPHAN", "Belongs to no order of ours"
        DIFFERS = "DIFFERS", "The books differ"
        MISSING = "MISSING", "The payment service does not have it"

    gateway = models.ForeignKey(PaymentGateway, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    problem = models.CharField(max_length=10, choices=Problem.choices)
    object_id = models.CharField(max_length=255)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="findings"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    theirs = models.CharField(
        max_length=100, blank=True, help_text="What the payment service says."
    )
    ours = models.CharField(max_length=100, blank=True, help_text="What our books say.")
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where the books agreed again by themselves.",
    )
    note = models.CharField(max_length=500, blank=True)

    objects = ReconciliationFindingQuerySet.as_manager()

    class Meta:
        ordering = ["-first_seen_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "kind", "object_id"], name="reconciliationfinding_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-first_seen_at"],
                name="reconciliationfinding_open",
                condition=Q(resolved_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"
