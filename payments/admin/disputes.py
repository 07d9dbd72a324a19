"""Payments that customers want back through their banks, and until when to answer."""

from django.contrib import admin

from payments.admin.base import ReadOnlyAdmin
from payments.admin.orders import AMOUNT
from payments.models import Dispute


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ["gateway_dispute_id", "order", "status", "reason", AMOUNT, "respond_by"]
    list_filter = ["status", "respond_by", "reason", "currency"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = [
        "gateway_dispute_id",
        "order__order_number",
        "order__customer__email",
        "payment__intent_id",
    ]
    fields = [
        "gateway_dispute_id",
        "order",
        "payment",
        "status",
        "reason",
        AMOUNT,
        "respond_by",
        "withdrawn_at",
        "reinstated_at",
        "created_at",
        "updated_at",
    ]
