"""What comes in from gateways and goes out to customers."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from payments.admin.base import ReadOnlyAdmin
from payments.models import PaymentNotification, WebhookEvent
from payments.services.notifications import resend
from payments.services.webhooks import retry_event


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = [
        "event_id",
        "event_type",
        "object_id",
        "status",
        "livemode",
        "attempts",
        "last_error",
        "occurred_at",
    ]
    list_filter = ["status", "event_type", "livemode", "gateway"]
    date_hierarchy = "created_at"
    search_fields = ["event_id", "object_id", "event_type"]
    fields = [
        "event_id",
        "event_type",
        "object_id",
        "gateway",
        "livemode",
        "status",
        "facts",
        "look_up",
        "occurred_at",
        "applied_at",
        "attempts",
        "next_attempt_at",
        "last_error",
        "created_at",
    ]
    actions = ["retry"]

    @admin.action(permissions=["operate"], description="Try dead events again")
    def retry(self, request: HttpRequest, rows: QuerySet[WebhookEvent]) -> None:
        self.for_each(request, rows, lambda event: retry_event(event.pk), "Events queued again")


@admin.register(PaymentNotification)
class PaymentNotificationAdmin(ReadOnlyAdmin):
    list_display = [
        "kind",
        "order",
        "recipient",
        "channel",
        "status",
        "attempts",
        "sent_at",
        "created_at",
    ]
    list_filter = ["status", "kind", "channel"]
    list_select_related = ["order", "recipient"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number", "recipient__email"]
    fields = [
        "id",
        "kind",
        "order",
        "recipient",
        "channel",
        "status",
        "sent_at",
        "attempts",
        "next_attempt_at",
        "last_error",
        "created_at",
    ]
    actions = ["send_again"]

    @admin.action(permissions=["operate"], description="Send failed messages again")
    def send_again(self, request: HttpRequest, rows: QuerySet[PaymentNotification]) -> None:
        self.for_each(request, rows, lambda message: resend(message.pk), "Messages queued again")
