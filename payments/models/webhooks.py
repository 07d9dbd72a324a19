"""The inbox of what gateways tell us (rule R6)."""

from django.db import models
from django.db.models import Q

from payments.domain.states import WebhookStatus
from payments.models.gateways import PaymentGateway
from payments.models.work import WorkQuerySet, WorkRow


class WebhookEventQuerySet(WorkQuerySet["WebhookEvent"]):
    """Turns of this kind of work row."""


class WebhookEvent(WorkRow):
    """A verified event. Holds ids and normalized facts, never the body: that has personal data."""

    gateway = models.ForeignKey(PaymentGateway, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    status = models.CharField(
        max_length=10, choices=WebhookStatus.choices(), default=WebhookStatus.RECEIVED.value
    )
    facts = models.JSONField(default=list, blank=True)
    look_up = models.CharField(
        max_length=255, blank=True, help_text="What to fetch because the event does not say enough."
    )
    occurred_at = models.DateTimeField(help_text="When the provider made it.")
    apply_count = models.PositiveSmallIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="webhookevent_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="webhookevent_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["-created_at"], name="webhookevent_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"
