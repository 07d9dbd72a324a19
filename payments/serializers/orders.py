"""Orders as they are shown: one row of a list, and everything about one."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, MoneyField
from payments.domain.holds import DepositStatus
from payments.domain.states import OrderStatus
from payments.models import (
    OrderEvent,
    OrderQuote,
    PaymentNotification,
    RentalOrder,
)
from payments.serializers.balances import OrderBalanceSerializer
from payments.serializers.claims import ClaimSerializer, DepositSettlementSerializer
from payments.serializers.fulfilment import (
    LateFeeSerializer,
    MovementSerializer,
    StaffMovementSerializer,
    shown_late_fee,
)
from payments.serializers.order_items import RentalOrderItemSerializer
from payments.serializers.payments import (
    DisputeSerializer,
    PaymentSerializer,
    RefundSerializer,
)
from payments.services.balances import order_balance
from payments.services.holds import deposit_status
from payments.services.late_fees import late_fees_now


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


class OrderQuoteSerializer(serializers.ModelSerializer[OrderQuote]):
    """The offer that a draft is, or was."""

    url = serializers.URLField(read_only=True, help_text="Shows it to whoever has the link.")
    expires_at = AwareDateTimeField(read_only=True, help_text="Until when it can be accepted.")
    sent_at = AwareDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = OrderQuote
        fields = ["url", "expires_at", "sent_at"]
        read_only_fields = fields


class RentalOrderDetailSerializer(serializers.ModelSerializer[RentalOrder]):
    """Everything about one order. Works on any RentalOrder; prefetch with `.with_details()`."""

    customer_name = serializers.CharField(source="customer.get_full_name", read_only=True)
    status_display = serializers.CharField(read_only=True)
    rental_start_date = AwareDateTimeField(read_only=True)
    rental_end_date = AwareDateTimeField(read_only=True)
    coupon_code = serializers.CharField(
        source="coupon_redemption.coupon.code", default=None, help_text="Null without a coupon."
    )
    rent_amount = MoneyField(source="rent_minor")
    tax_amount = MoneyField(source="tax_minor")
    deposit_amount = MoneyField(source="deposit_minor")
    deposit_status = serializers.SerializerMethodField(
        help_text="Where it stands; null if there is none, or it was paid with the rent."
    )
    total_amount = MoneyField(
        source="due_minor", help_text="Rent, tax, and the deposit if that is charged."
    )
    hold_expires_at = AwareDateTimeField(read_only=True, allow_null=True)
    quote = OrderQuoteSerializer(
        read_only=True, default=None, help_text="Of what staff drafted; null else."
    )
    items = RentalOrderItemSerializer(many=True, read_only=True)
    payments = PaymentSerializer(many=True, read_only=True)
    refunds = RefundSerializer(many=True, read_only=True)
    claims = ClaimSerializer(many=True, read_only=True)
    deposit_settlement = DepositSettlementSerializer(
        read_only=True, default=None, help_text="What became of the deposit; null before that."
    )
    balance_due = MoneyField(
        source="balance_due_minor", help_text="What the customer still owes for a binding order."
    )
    is_overdue = serializers.BooleanField(
        read_only=True, help_text="Units are out, and were due before now."
    )
    movements = MovementSerializer(many=True, read_only=True)
    returned_at = AwareDateTimeField(read_only=True, allow_null=True)
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
            "coupon_code",
            "rent_amount",
            "tax_amount",
            "deposit_amount",
            "deposit_strategy",
            "deposit_status",
            "total_amount",
            "hold_expires_at",
            "quote",
            "items",
            "payments",
            "refunds",
            "is_overdue",
            "movements",
            "returned_at",
            "claims",
            "deposit_settlement",
            "balance_due",
            "notifications",
            "timeline",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(DepositStatus.choices(), allow_null=True))
    def get_deposit_status(self, order: RentalOrder) -> str | None:
        return deposit_status(order)


class StaffRentalOrderDetailSerializer(RentalOrderDetailSerializer):
    """The same, and what only the shop sees."""

    is_disputed = serializers.BooleanField(
        read_only=True, help_text="A customer's bank has a payment, or may take it."
    )
    disputes = DisputeSerializer(many=True, read_only=True)
    movements = StaffMovementSerializer(many=True, read_only=True)
    late_fees = serializers.SerializerMethodField(
        help_text="What the return of everything that is out would cost now."
    )
    balance = serializers.SerializerMethodField(help_text="What the books say of the order.")

    class Meta:
        model = RentalOrder
        fields = [
            *RentalOrderDetailSerializer.Meta.fields,
            "attention",
            "is_disputed",
            "disputes",
            "late_fees",
            "balance",
        ]
        read_only_fields = fields

    @extend_schema_field(LateFeeSerializer(many=True))
    def get_late_fees(self, order: RentalOrder) -> Any:
        if order.state is not OrderStatus.PICKED_UP:
            return []
        return [shown_late_fee(*fee, order) for fee in late_fees_now(order, timezone.now())]

    @extend_schema_field(OrderBalanceSerializer)
    def get_balance(self, order: RentalOrder) -> Any:
        return OrderBalanceSerializer(order_balance(order)).data
