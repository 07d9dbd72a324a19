"""How orders were changed."""

from django.contrib import admin

from payments.admin.base import ReadOnlyAdmin, money_column
from payments.models import OrderChange

DIFFERENCE = money_column("difference_minor", "difference")
FEE = money_column("fee_minor", "fee")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ["order", "kind", "status", DIFFERENCE, FEE, "pays_later", "created_at"]
    list_filter = ["status", "kind", "pays_later"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number"]
    fields = [
        "id",
        "order",
        "kind",
        "status",
        DIFFERENCE,
        FEE,
        "pays_later",
        "payment",
        "reason",
        "made_by",
        "before",
        "after",
        "expires_at",
        "created_at",
        "updated_at",
    ]
