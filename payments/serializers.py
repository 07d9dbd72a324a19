"""Shapes of the API's bodies and answers. Rules live in the domain, not here."""

from typing import Any

from rest_framework import serializers

from common.api.serializers import (
    AwareDateTimeField,
    MoneyField,
    PlainTextField,
    StrictIntegerField,
    StrictSerializer,
)
from common.money import to_decimal
from payments.models import (
    OrderEvent,
    Payment,
    PaymentGateway,
    PaymentNotification,
    Refund,
    RentalOrder,
    RentalOrderItem,
)
from payments.services.availability import peak
from payments.services.quotes import Quote, QuoteLine

MAX_LINES = 50
MAX_QUANTITY = 1000


class CartItemSerializer(StrictSerializer):
    product_id = serializers.UUIDField()
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)


class CartSerializer(StrictSerializer):
    """A cart for a period. Prices are never read from the client."""

    cart_items = CartItemSerializer(many=True, allow_empty=False, max_length=MAX_LINES)
    rental_start_date = AwareDateTimeField()
    rental_end_date = AwareDateTimeField()
    notes = PlainTextField(required=False, allow_blank=True, default="", max_length=2000)


class CancelSerializer(StrictSerializer):
    reason = PlainTextField(required=False, allow_blank=True, default="", max_length=200)


class RentalOrderListSerializer(serializers.ModelSerializer[RentalOrder]):
    """One row of `my_orders`."""

    customer_name = serializers.CharField(source="customer.get_full_name", read_only=True)
    status_display = serializers.CharField(read_only=True)
    rental_start_date = AwareDateTimeField(read_only=True)
    rental_end_date = AwareDateTimeField(read_only=True)
    total_amount = MoneyField(source="due_minor")
    items_count = serializers.IntegerField(read_only=True, help_text="Rented units in all.")
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = RentalOrder
        fields = [
            "id",
            "order_number",
            "customer_name",
            "status",
            "status_display",
            "rental_start_date",
            "rental_end_date",
            "total_amount",
            "currency",
            "items_count",
            "created_at",
        ]
        read_only_fields = fields


def shown_breakdown(parts: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """A stored price breakdown with its amounts as people read them."""
    return [
        {
            "tier": part["tier"],
            "times": part["times"],
            "amount": str(to_decimal(part["amount_minor"], currency)),
        }
        for part in parts
    ]


class RentalOrderItemSerializer(serializers.ModelSerializer[RentalOrderItem]):
    unit_amount = MoneyField(source="unit_minor")
    rent_amount = MoneyField(source="rent_minor")
    tax_amount = MoneyField(source="tax_minor")
    deposit_amount = MoneyField(source="deposit_minor")

    class Meta:
        model = RentalOrderItem
        fields = [
            "id",
            "product_id",
            "product_name",
            "quantity",
            "unit_amount",
            "rent_amount",
            "tax_rate",
            "tax_amount",
            "deposit_amount",
            "price_breakdown",
        ]
        read_only_fields = fields

    def to_representation(self, instance: RentalOrderItem) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["price_breakdown"] = shown_breakdown(instance.price_breakdown, instance.currency)
        return shown


class RefundSerializer(serializers.ModelSerializer[Refund]):
    amount = MoneyField(source="amount_minor")
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Refund
        fields = ["id", "payment_id", "status", "source", "amount", "currency", "created_at"]
        read_only_fields = fields


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    amount = MoneyField(source="amount_minor")
    captured_amount = MoneyField(source="captured_minor")
    refunded_amount = MoneyField(source="refunded_minor")
    checkout_url = serializers.SerializerMethodField(
        help_text="Where to pay; empty when the checkout is closed."
    )
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "kind",
            "purpose",
            "status",
            "amount",
            "captured_amount",
            "refunded_amount",
            "currency",
            "checkout_url",
            "created_at",
        ]
        read_only_fields = fields

    def get_checkout_url(self, payment: Payment) -> str:
        return payment.checkout_url if payment.status == "PENDING" else ""


class OrderEventSerializer(serializers.ModelSerializer[OrderEvent]):
    at = AwareDateTimeField(source="created_at", read_only=True)

    class Meta:
        model = OrderEvent
        fields = ["fact", "from_status", "to_status", "actor", "at"]
        read_only_fields = fields


class PaymentNotificationSerializer(serializers.ModelSerializer[PaymentNotification]):
    sent_at = AwareDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = PaymentNotification
        fields = ["kind", "channel", "status", "sent_at"]
        read_only_fields = fields


class RentalOrderDetailSerializer(serializers.ModelSerializer[RentalOrder]):
    """Everything about one order. Works on any RentalOrder; prefetch with `.with_details()`."""

    customer_name = serializers.CharField(source="customer.get_full_name", read_only=True)
    status_display = serializers.CharField(read_only=True)
    rental_start_date = AwareDateTimeField(read_only=True)
    rental_end_date = AwareDateTimeField(read_only=True)
    rent_amount = MoneyField(source="rent_minor")
    tax_amount = MoneyField(source="tax_minor")
    deposit_amount = MoneyField(source="deposit_minor")
    total_amount = MoneyField(source="due_minor", help_text="Rent, tax and deposit.")
    hold_expires_at = AwareDateTimeField(read_only=True, allow_null=True)
    items = RentalOrderItemSerializer(many=True, read_only=True)
    payments = PaymentSerializer(many=True, read_only=True)
    refunds = RefundSerializer(many=True, read_only=True)
    notifications = PaymentNotificationSerializer(many=True, read_only=True)
    timeline = OrderEventSerializer(source="events", many=True, read_only=True)
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = RentalOrder
        fields = [
            "id",
            "order_number",
            "customer_name",
            "status",
            "status_display",
            "rental_start_date",
            "rental_end_date",
            "notes",
            "currency",
            "rent_amount",
            "tax_amount",
            "deposit_amount",
            "total_amount",
            "hold_expires_at",
            "items",
            "payments",
            "refunds",
            "notifications",
            "timeline",
            "created_at",
        ]
        read_only_fields = fields


class QuoteLineSerializer(serializers.Serializer[QuoteLine]):
    product_id = serializers.UUIDField(source="product.pk")
    product_name = serializers.CharField(source="product.name")
    quantity = serializers.IntegerField(source="price.quantity")
    unit_amount = MoneyField(source="price.unit_minor", currency_source="product.currency")
    rent_amount = MoneyField(source="price.rent_minor", currency_source="product.currency")
    tax_rate = serializers.DecimalField(source="price.tax_rate", max_digits=5, decimal_places=4)
    tax_amount = MoneyField(source="price.tax_minor", currency_source="product.currency")
    deposit_amount = MoneyField(source="price.deposit_minor", currency_source="product.currency")
    price_breakdown = serializers.SerializerMethodField()
    available_quantity = serializers.SerializerMethodField()

    def get_price_breakdown(self, line: QuoteLine) -> list[dict[str, Any]]:
        return shown_breakdown(line.price.cover.breakdown(), line.product.currency)

    def get_available_quantity(self, line: QuoteLine) -> int:
        return max(0, line.product.units - peak(line.product, line.occupied))


class QuoteSerializer(serializers.Serializer[Quote]):
    """What create_from_cart would ask for, line by line, and how many units are free."""

    items = QuoteLineSerializer(source="lines", many=True)
    rental_start_date = AwareDateTimeField(source="period.start")
    rental_end_date = AwareDateTimeField(source="period.end")
    currency = serializers.CharField()
    rent_amount = MoneyField(source="totals.rent_minor")
    tax_amount = MoneyField(source="totals.tax_minor")
    deposit_amount = MoneyField(source="totals.deposit_minor")
    total_amount = MoneyField(source="totals.due_minor", help_text="Rent, tax and deposit.")
    is_available = serializers.SerializerMethodField()

    def to_representation(self, instance: Quote) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["is_available"] = all(
            line["available_quantity"] >= line["quantity"] for line in shown["items"]
        )
        return shown

    def get_is_available(self, quote: Quote) -> bool:
        return True  # filled in above, once the lines know what is free


class PlacedOrderSerializer(serializers.Serializer[Any]):
    """The answer of create_from_cart."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    total_amount = serializers.CharField(help_text="Rent, tax and deposit.")
    currency = serializers.CharField()
    checkout_url = serializers.URLField(allow_null=True, help_text="Null if nothing is to be paid.")
    session_id = serializers.CharField(allow_null=True)


class GatewaySerializer(serializers.ModelSerializer[PaymentGateway]):
    """Credentials go in and never come out; whether one is set is all that can be read."""

    has_secret_key = serializers.SerializerMethodField()
    has_webhook_secret = serializers.SerializerMethodField()

    class Meta:
        model = PaymentGateway
        fields = [
            "id",
            "name",
            "gateway_type",
            "is_active",
            "is_test_mode",
            "public_key",
            "secret_key",
            "webhook_secret",
            "has_secret_key",
            "has_webhook_secret",
        ]
        extra_kwargs = {
            "public_key": {"write_only": True},
            "secret_key": {"write_only": True},
            "webhook_secret": {"write_only": True},
        }

    def get_has_secret_key(self, gateway: PaymentGateway) -> bool:
        return bool(gateway.secret_key)

    def get_has_webhook_secret(self, gateway: PaymentGateway) -> bool:
        return bool(gateway.webhook_secret)
