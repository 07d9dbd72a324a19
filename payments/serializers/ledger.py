"""Entries of the ledger, as staff read them."""

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, MoneyField
from payments.models import LedgerEntry


class LedgerEntrySerializer(serializers.ModelSerializer[LedgerEntry]):
    """A debit (positive) or a credit (negative)."""

    transaction_id = serializers.IntegerField(read_only=True)
    reference = serializers.CharField(
        source="transaction.reference", read_only=True, help_text="The fact that was posted."
    )
    order_id = serializers.UUIDField(source="transaction.order_id", read_only=True)
    order_number = serializers.CharField(source="transaction.order.order_number", read_only=True)
    amount = MoneyField(source="amount_minor")
    posted_at = AwareDateTimeField(source="transaction.posted_at", read_only=True)

    class Meta:
        model = LedgerEntry
        fields = [
            "id",
            "transaction_id",
            "posted_at",
            "order_id",
            "order_number",
            "reference",
            "account",
            "amount",
            "currency",
        ]
