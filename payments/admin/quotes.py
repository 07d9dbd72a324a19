"""Quotes that staff sent, and until when they can be accepted."""

from django.contrib import admin

from payments.admin.base import ReadOnlyAdmin
from payments.models import OrderQuote


@admin.register(OrderQuote)
class OrderQuoteAdmin(ReadOnlyAdmin):
    list_display = ["order", "expires_at", "sent_at", "created_at"]
    list_filter = ["order__status"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number", "order__customer__email"]
    fields = ["order", "expires_at", "sent_at", "created_at"]
