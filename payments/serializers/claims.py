"""How claims, what became of a deposit, and what is still to be paid are shown."""

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, MoneyField
from payments.models import Claim, ClaimEvidence, DepositSettlement, Payment


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    amount = MoneyField(source="amount_minor")
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Claim
        fields = [
            "id",
            "kind",
            "status",
            "amount",
            "currency",
            "reason",
            "item_id",
            "withdrawn_because",
            "created_at",
        ]
        read_only_fields = fields


class DepositSettlementSerializer(serializers.ModelSerializer[DepositSettlement]):
    """What became of the deposit."""

    deposit_amount = MoneyField(source="deposit_minor")
    claimed_amount = MoneyField(source="claimed_minor")
    taken_amount = MoneyField(source="taken_minor", help_text="What claims took of the deposit.")
    unpaid_amount = MoneyField(
        source="unpaid_minor", help_text="What was to be paid later, and was not."
    )
    netted_amount = MoneyField(
        source="outcome.netted", help_text="What of the deposit was kept for it."
    )
    back_amount = MoneyField(source="outcome.back", help_text="What goes back of the deposit.")
    settled_at = AwareDateTimeField(source="created_at", read_only=True)

    class Meta:
        model = DepositSettlement
        fields = [
            "deposit_amount",
            "claimed_amount",
            "taken_amount",
            "unpaid_amount",
            "netted_amount",
            "back_amount",
            "currency",
            "settled_at",
        ]
        read_only_fields = fields


class ClaimEvidenceSerializer(serializers.ModelSerializer[ClaimEvidence]):
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = ClaimEvidence
        fields = ["id", "name", "content_type", "size", "created_at"]
        read_only_fields = fields


class BalancePageSerializer(serializers.ModelSerializer[Payment]):
    amount = MoneyField(source="amount_minor", help_text="What is still owed.")

    class Meta:
        model = Payment
        fields = ["checkout_url", "session_id", "amount", "currency"]
        read_only_fields = fields
