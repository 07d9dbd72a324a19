"""The end of a hold on a card: captured, or released."""

from typing import Self

from django.db import models
from django.db.models import Q

from payments.domain.states import ClosingStatus
from payments.models.payments import Payment
from payments.models.work import WorkQuerySet, WorkRow


class HoldClosingQuerySet(WorkQuerySet["HoldClosing"]):
    def pending(self) -> Self:
        return self.filter(status=ClosingStatus.PENDING)


class HoldClosing(WorkRow):
    """Asking the bank for the end of one hold: it takes `amount_minor` of it and lets go of the
    rest, or of all. One per hold, so nothing is captured twice (D4)."""

    class Kind(models.TextChoices):
        CAPTURE = "CAPTURE", "Capture"
        RELEASE = "RELEASE", "Release"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="closing")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    status = models.CharField(
        max_length=7, choices=ClosingStatus.choices(), default=ClosingStatus.PENDING.value
    )
    amount_minor = models.BigIntegerField(default=0)

    objects = HoldClosingQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                name="holdclosing_captures_something",
                condition=Q(kind="CAPTURE", amount_minor__gt=0) | Q(kind="RELEASE", amount_minor=0),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="holdclosing_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ]

    @property
    def currency(self) -> str:
        return self.payment.currency

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.payment_id}"

    @property
    def state(self) -> ClosingStatus:
        return ClosingStatus(self.status)
