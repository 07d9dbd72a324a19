"""The money of an order as it is shown: payments, refunds and disputes."""

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, MoneyField
from payments.models import Dispute, Payment, Refund


class RefundSerializer(serializers.ModelSerializer[Refund]):
    amount = MoneyField(source="amount_minor")
    deposit_amount = MoneyField(source="deposit_minor", help_text="The part that is deposit.")
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Refund
        fields = [
            "id",
            "payment_id",
            "status",
            "source",
            "amount",
            "deposit_amount",
            "currency",
            "reason",
            "created_at",
        ]
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


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    amount = MoneyField(source="amount_minor", help_text="May differ from the payment's.")
    respond_by = AwareDateTimeField(
        read_only=True, allow_null=True, help_text="Until when evidence can be handed in."
    )
    withdrawn_at = AwareDateTimeField(read_only=True, allow_null=True)
    reinstated_at = AwareDateTimeField(read_only=True, allow_null=True)
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "id",
            "payment_id",
            "gateway_dispute_id",
            "status",
            "reason",
            "amount",
            "currency",
            "respond_by",
            "withdrawn_at",
            "reinstated_at",
            "created_at",
        ]
        read_only_fields = fields
