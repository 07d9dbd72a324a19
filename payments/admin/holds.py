"""How holds on cards end."""

from django.contrib import admin
from django.http import HttpRequest

from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, few_enough, money_column
from payments.models import HoldClosing
from payments.models.holds import HoldClosingQuerySet
from payments.services.hold_closing import close_hold

AMOUNT = money_column("amount_minor", "captured")


class HoldClosingInline(ReadOnlyInline):
    model = HoldClosing
    fields = ["kind", "status", AMOUNT, "created_at"]
    show_change_link = True


@admin.register(HoldClosing)
class HoldClosingAdmin(ReadOnlyAdmin):
    list_display = ["payment", "kind", "status", AMOUNT, "next_attempt_at", "created_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["payment__order"]
    date_hierarchy = "created_at"
    search_fields = ["payment__order__order_number", "payment__intent_id"]
    fields = [
        "id",
        "payment",
        "kind",
        "status",
        AMOUNT,
        "attempts",
        "next_attempt_at",
        "first_sent_at",
        "last_error",
        "created_at",
        "updated_at",
    ]
    actions = ["ask_gateway"]

    @admin.action(permissions=["operate"], description="Ask the payment service now")
    def ask_gateway(self, request: HttpRequest, rows: HoldClosingQuerySet) -> None:
        if few_enough(self, request, rows):
            self.for_each(
                request, rows, lambda closing: close_hold(closing.pk), "Closings asked about"
            )
