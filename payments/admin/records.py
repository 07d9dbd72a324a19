"""What nobody ever changes by hand: history, held units, and requests that were carried out."""

from django.contrib import admin

from payments.admin.base import ReadOnlyAdmin
from payments.admin.orders import DEPOSIT, RENT, TAX
from payments.models import IdempotencyKey, OrderEvent, RentalOrderItem, Reservation


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "order", "fact", "from_status", "to_status", "actor", "user"]
    list_filter = ["fact", "actor", "to_status"]
    list_select_related = ["order", "user"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number", "order__customer__email", "ref"]
    fields = [
        "created_at",
        "order",
        "fact",
        "from_status",
        "to_status",
        "actor",
        "user",
        "ref",
        "data",
    ]


@admin.register(RentalOrderItem)
class RentalOrderItemAdmin(ReadOnlyAdmin):
    list_display = ["order", "product_name", "quantity", RENT, TAX, DEPOSIT]
    list_filter = ["order__status", "product__category"]
    list_select_related = ["order"]
    search_fields = ["order__order_number", "product_name", "order__customer__email"]
    fields = [
        "order",
        "product",
        "product_name",
        "quantity",
        RENT,
        "tax_rate",
        TAX,
        DEPOSIT,
        "price_breakdown",
        "explanation",
    ]


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ["product", "quantity", "starts_at", "ends_at", "is_active", "order"]
    list_filter = ["is_active", "product__category"]
    list_select_related = ["product", "order"]
    date_hierarchy = "starts_at"
    search_fields = ["order__order_number", "product__name"]
    fields = ["product", "quantity", "starts_at", "ends_at", "is_active", "order"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ["key", "customer", "order", "created_at"]
    list_select_related = ["customer", "order"]
    date_hierarchy = "created_at"
    search_fields = ["key", "customer__email", "order__order_number"]
    fields = ["key", "customer", "fingerprint", "order", "created_at"]
