"""Messages to customers, queued in the transaction of the fact they tell about."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.domain.states import NotificationStatus
from payments.models.orders import RentalOrder
from payments.models.work import WorkQuerySet, WorkRow


class PaymentNotificationQuerySet(WorkQuerySet["PaymentNotification"]):
    """Turns of this kind of work row."""


class PaymentNotification(WorkRow):
    """One message to one customer about one fact; it is rendered when it is sent."""

    class Channel(models.TextChoices):
        EMAIL = "EMAIL", "E-mail"
        SMS = "SMS", "SMS"

    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="notifications")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    status = models.CharField(
        max_length=10, choices=NotificationStatus.choices(), default="PENDING"
    )
    dedupe_key = models.CharField(max_length=200, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentNotificationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="paymentnotification_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}"
