"""Money in, money back, and money to come."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, money_column
from payments.admin.orders import AMOUNT, CAPTURED, REFUNDED
from payments.models import Payment, PaymentSchedule, Refund
from payments.services.pursuit import pursue_payment
from payments.services.refunds import send_refund

RESERVED = money_column("refund_reserved_minor", "refunds asked for")

# Each one is a call over the network, while the page waits.
MAX_AT_ONCE = 20


class AsksGateway(ReadOnlyAdmin):
    """Has an action that calls the gateway for each selected row."""

    def few_enough(self, request: HttpRequest, rows: QuerySet[Payment] | QuerySet[Refund]) -> bool:
        if rows.count() <= MAX_AT_ONCE:
            return True
        self.message_user(request, f"Select at most {MAX_AT_ONCE} rows.", messages.ERROR)
        return False


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ["source", "status", AMOUNT, "gateway_refund_id", "failure_reason", "created_at"]
    show_change_link = True


@admin.register(Payment)
class PaymentAdmin(AsksGateway):
    list_display = [
        "id",
        "order",
        "kind",
        "status",
        AMOUNT,
        CAPTURED,
        REFUNDED,
        "next_attempt_at",
        "created_at",
    ]
    list_filter = ["status", "kind", "purpose", "currency", "gateway"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = [
        "order__order_number",
        "order__customer__email",
        "session_id",
        "intent_id",
    ]
    fields = [
        "id",
        "order",
        "gateway",
        "kind",
        "purpose",
        "status",
        AMOUNT,
        CAPTURED,
        RESERVED,
        REFUNDED,
        "session_id",
        "intent_id",
        "payable_until",
        "metadata",
        "attempts",
        "next_attempt_at",
        "first_sent_at",
        "last_error",
        "created_at",
        "updated_at",
    ]
    inlines = [RefundInline]
    actions = ["ask_gateway"]

    @admin.action(permissions=["operate"], description="Ask the payment service now")
    def ask_gateway(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        if self.few_enough(request, rows):
            self.for_each(
                request, rows, lambda payment: pursue_payment(payment.pk), "Payments asked about"
            )


@admin.register(Refund)
class RefundAdmin(AsksGateway):
    list_display = [
        "id",
        "order",
        "source",
        "status",
        AMOUNT,
        "failure_reason",
        "next_attempt_at",
        "created_at",
    ]
    list_filter = ["status", "source", "currency"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = [
        "order__order_number",
        "order__customer__email",
        "gateway_refund_id",
        "payment__intent_id",
    ]
    fields = [
        "id",
        "order",
        "payment",
        "source",
        "status",
        AMOUNT,
        "reason",
        "gateway_refund_id",
        "failure_reason",
        "attempts",
        "next_attempt_at",
        "first_sent_at",
        "last_error",
        "created_at",
        "updated_at",
    ]
    actions = ["send_now"]

    @admin.action(permissions=["operate"], description="Send now, or ask what became of it")
    def send_now(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        if self.few_enough(request, rows):
            self.for_each(
                request, rows, lambda refund: send_refund(refund.pk), "Refunds sent or asked about"
            )


@admin.register(PaymentSchedule)
class PaymentScheduleAdmin(ReadOnlyAdmin):
    list_display = ["order", "sequence", "status", "due_on", AMOUNT, "payment"]
    list_filter = ["status", "due_on", "currency"]
    list_select_related = ["order", "payment"]
    date_hierarchy = "due_on"
    search_fields = ["order__order_number", "order__customer__email"]
    fields = [
        "order",
        "sequence",
        "status",
        "due_on",
        AMOUNT,
        "payment",
        "created_at",
        "updated_at",
    ]
