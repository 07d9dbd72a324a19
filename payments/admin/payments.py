"""Money in, money back, and money to come."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from accounts.models import User
from payments.admin.asking import AsksFirst, GiveBackForm, PaidByHandForm, ReleaseForm, answers
from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, few_enough, money_column
from payments.admin.holds import HoldClosingInline
from payments.admin.orders import AMOUNT, CAPTURED, DEPOSIT, REFUNDED
from payments.models import Payment, PaymentSchedule, Refund
from payments.services.pursuit import pursue_payment
from payments.services.quarantine import give_back_payment, release_payment
from payments.services.refund_sending import send_refund
from payments.services.staff_refunds import approve_refund, pay_by_hand, reject_refund

RESERVED = money_column("refund_reserved_minor", "refunds asked for")


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ["source", "status", AMOUNT, "gateway_refund_id", "failure_reason", "created_at"]
    show_change_link = True


@admin.register(Payment)
class PaymentAdmin(AsksFirst):
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
        "capture_before",
        "metadata",
        "attempts",
        "next_attempt_at",
        "first_sent_at",
        "last_error",
        "created_at",
        "updated_at",
    ]
    inlines = [RefundInline, HoldClosingInline]
    actions = ["ask_gateway", "release", "give_back"]

    @admin.action(permissions=["operate"], description="Ask the payment service now")
    def ask_gateway(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        if few_enough(self, request, rows):
            self.for_each(
                request, rows, lambda payment: pursue_payment(payment.pk), "Payments asked about"
            )

    @admin.action(permissions=["operate"], description="Quarantined: let it in as it is")
    def release(self, request: HttpRequest, rows: QuerySet[Payment]) -> TemplateResponse | None:
        if page := self.ask(request, rows, "release", ReleaseForm(answers(request))):
            return page
        staff = cast(User, request.user)
        self.for_each(
            request, rows, lambda payment: release_payment(payment.pk, staff), "Payments let in"
        )
        return None

    @admin.action(permissions=["operate"], description="Quarantined: give all of it back")
    def give_back(self, request: HttpRequest, rows: QuerySet[Payment]) -> TemplateResponse | None:
        form = GiveBackForm(answers(request))
        if page := self.ask(request, rows, "give_back", form):
            return page
        staff, reason = cast(User, request.user), form.cleaned_data["reason"]
        self.for_each(
            request,
            rows,
            lambda payment: give_back_payment(payment.pk, staff, reason),
            "Payments given back",
        )
        return None


@admin.register(Refund)
class RefundAdmin(AsksFirst):
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
        DEPOSIT,
        "reason",
        "asked_by",
        "decided_by",
        "reference",
        "gateway_refund_id",
        "failure_reason",
        "attempts",
        "next_attempt_at",
        "first_sent_at",
        "last_error",
        "created_at",
        "updated_at",
    ]
    actions = ["send_now", "approve", "reject", "pay_by_hand"]

    @admin.action(permissions=["operate"], description="Send now, or ask what became of it")
    def send_now(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        if few_enough(self, request, rows):
            self.for_each(
                request, rows, lambda refund: send_refund(refund.pk), "Refunds sent or asked about"
            )

    @admin.action(permissions=["operate"], description="Approve what somebody else asked for")
    def approve(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        staff = cast(User, request.user)
        self.for_each(
            request, rows, lambda refund: approve_refund(refund.pk, staff), "Refunds approved"
        )

    @admin.action(permissions=["operate"], description="Reject what somebody else asked for")
    def reject(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        staff = cast(User, request.user)
        self.for_each(
            request, rows, lambda refund: reject_refund(refund.pk, staff), "Refunds rejected"
        )

    @admin.action(permissions=["operate"], description="Failed, and paid out by hand: close it")
    def pay_by_hand(self, request: HttpRequest, rows: QuerySet[Refund]) -> TemplateResponse | None:
        form = PaidByHandForm(answers(request))
        if page := self.ask(request, rows, "pay_by_hand", form):
            return page
        staff, reference = cast(User, request.user), form.cleaned_data["reference"]
        self.for_each(
            request,
            rows,
            lambda refund: pay_by_hand(refund.pk, staff, reference),
            "Refunds closed",
        )
        return None


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
