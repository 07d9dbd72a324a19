"""Orders, with everything that belongs to one on its page."""

from typing import cast

from django.contrib import admin
from django.contrib.admin.filters import EmptyFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import User
from payments.admin.asking import NoShowForm, RefundForm, answers
from payments.admin.base import ReadOnlyInline, few_enough, money_column
from payments.admin.documents import DocumentInline
from payments.admin.returns import ReturnActions
from payments.models import (
    Claim,
    DepositSettlement,
    Dispute,
    Movement,
    OrderEvent,
    Payment,
    Refund,
    RentalOrder,
    RentalOrderItem,
    Reservation,
)
from payments.models.orders import RentalOrderQuerySet
from payments.services import orders
from payments.services.holds import deposit_status, hold_again
from payments.services.journal import Actor
from payments.services.lifecycle import clear_attention
from payments.services.resync import resync_order
from payments.services.staff_refunds import Wanted, refund_order

TOTAL = money_column("due_minor", "rent, tax and deposit")
RENT = money_column("rent_minor", "rent", ordering="rent_minor")
TAX = money_column("tax_minor", "tax", ordering="tax_minor")
DEPOSIT = money_column("deposit_minor", "deposit", ordering="deposit_minor")
KEPT = money_column("kept_minor", "kept after cancelling", ordering="kept_minor")
BALANCE = money_column("balance_due_minor", "still owed by the customer")
AMOUNT = money_column("amount_minor", "amount", ordering="amount_minor")
CLAIMED = money_column("claimed_minor", "claimed", ordering="claimed_minor")
TAKEN = money_column("taken_minor", "taken", ordering="taken_minor")
UNPAID = money_column("unpaid_minor", "not paid", ordering="unpaid_minor")
CAPTURED = money_column("captured_minor", "received", ordering="captured_minor")
REFUNDED = money_column("refunded_minor", "refunded", ordering="refunded_minor")


class ItemInline(ReadOnlyInline):
    model = RentalOrderItem
    fields = ["product_name", "quantity", RENT, "tax_rate", TAX, DEPOSIT]


class ReservationInline(ReadOnlyInline):
    model = Reservation
    fields = ["product", "quantity", "starts_at", "ends_at", "is_active"]

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).select_related("product")


class MovementInline(ReadOnlyInline):
    model = Movement
    fields = ["at", "item", "kind", "quantity", "condition", "staff", "undone_at"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).select_related("item", "staff")


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ["kind", "purpose", "status", AMOUNT, CAPTURED, REFUNDED, "created_at"]
    show_change_link = True


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ["source", "status", AMOUNT, "failure_reason", "created_at"]
    show_change_link = True


class DisputeInline(ReadOnlyInline):
    model = Dispute
    fields = ["status", "reason", AMOUNT, "respond_by", "withdrawn_at", "reinstated_at"]
    show_change_link = True


class ClaimInline(ReadOnlyInline):
    model = Claim
    fields = ["kind", "status", AMOUNT, "reason", "created_at"]
    show_change_link = True


class DepositSettlementInline(ReadOnlyInline):
    model = DepositSettlement
    fields = [DEPOSIT, CLAIMED, TAKEN, UNPAID, "settled_by", "created_at"]


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ["created_at", "fact", "from_status", "to_status", "actor", "user"]

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).select_related("user")


@admin.register(RentalOrder)
class RentalOrderAdmin(ReturnActions):
    list_display = [
        "order_number",
        "customer",
        "status",
        "rental_start_date",
        "rental_end_date",
        TOTAL,
        "attention",
        "created_at",
    ]
    list_filter = [
        "status",
        ("attention", EmptyFieldListFilter),
        "disputes__status",
        "currency",
        "rental_start_date",
    ]
    list_select_related = ["customer"]
    date_hierarchy = "created_at"
    search_fields = ["order_number", "customer__email", "customer__name", "notes"]
    fields = [
        "order_number",
        "id",
        "customer",
        "status",
        "attention",
        "rental_start_date",
        "rental_end_date",
        "returned_at",
        "hold_expires_at",
        RENT,
        TAX,
        DEPOSIT,
        "deposit_strategy",
        "deposit_status",
        TOTAL,
        KEPT,
        BALANCE,
        "cancellation_policy",
        "notes",
        "created_at",
        "updated_at",
    ]
    inlines = [
        ItemInline,
        ReservationInline,
        MovementInline,
        PaymentInline,
        RefundInline,
        ClaimInline,
        DepositSettlementInline,
        DisputeInline,
        DocumentInline,
        EventInline,
    ]
    actions = [
        "hand_over",
        "take_back",
        "undo_take_back",
        "claim",
        "settle_deposit",
        "cancel",
        "refund",
        "no_show",
        "hold_again",
        "clear_attention",
        "resync",
    ]

    @admin.display(description="deposit status", empty_value="–")
    def deposit_status(self, order: RentalOrder) -> str | None:
        status = deposit_status(order)
        return status and status.label

    @admin.action(permissions=["operate"], description="Cancel and give everything back")
    def cancel(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        """The shop's own cancellation; asks first, because money moves."""
        if "confirmed" not in request.POST:
            return self._ask(request, rows)
        actor = Actor.of(cast(User, request.user))
        reason = "Cancelled in the admin."
        self.for_each(
            request,
            rows,
            lambda order: orders.cancel_order(
                order_id=order.pk, actor=actor, now=timezone.now(), reason=reason
            ),
            "Orders cancelled",
        )
        return None

    def _ask(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Cancel these orders?",
            "opts": self.opts,
            "orders": rows,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/payments/confirm_cancel.html", context)

    @admin.action(permissions=["operate"], description="Refund")
    def refund(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        form = RefundForm(answers(request))
        if page := self.ask(request, rows, "refund", form):
            return page
        staff, wanted = cast(User, request.user), Wanted(amount=form.cleaned_data["amount"])
        reason = form.cleaned_data["reason"]
        self.for_each(
            request,
            rows,
            lambda order: refund_order(
                order_id=order.pk, wanted=wanted, staff=staff, reason=reason
            ),
            "Refunds asked for",
        )
        return None

    @admin.action(permissions=["operate"], description="Nobody came")
    def no_show(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        if page := self.ask(request, rows, "no_show", NoShowForm(answers(request))):
            return page
        actor, now = Actor.of(cast(User, request.user)), timezone.now()
        self.for_each(
            request,
            rows,
            lambda order: orders.note_no_show(order_id=order.pk, actor=actor, now=now),
            "Orders noted as not picked up",
        )
        return None

    @admin.action(permissions=["operate"], description="Have the deposit held now")
    def hold_again(self, request: HttpRequest, rows: RentalOrderQuerySet) -> None:
        actor = Actor.of(cast(User, request.user))
        self.for_each(
            request, rows, lambda order: hold_again(order.pk, actor), "Deposits asked for"
        )

    @admin.action(permissions=["operate"], description="I have looked at it: clear the attention")
    def clear_attention(self, request: HttpRequest, rows: RentalOrderQuerySet) -> None:
        actor = Actor.of(cast(User, request.user))
        self.for_each(
            request,
            rows.exclude(attention=""),
            lambda order: clear_attention(order.pk, actor),
            "Orders cleared",
        )

    @admin.action(permissions=["operate"], description="Ask the payment service about everything")
    def resync(self, request: HttpRequest, rows: RentalOrderQuerySet) -> None:
        if not few_enough(self, request, rows):
            return
        actor = Actor.of(cast(User, request.user))
        self.for_each(
            request,
            rows,
            lambda order: resync_order(order_id=order.pk, actor=actor),
            "Orders asked about",
        )
