"""The page on which a customer has his deposit held."""

from rest_framework import serializers

from common.api.serializers import MoneyField
from payments.models import Payment


class DepositPageSerializer(serializers.ModelSerializer[Payment]):
    amount = MoneyField(source="amount_minor", help_text="What is held; nothing is charged.")

    class Meta:
        model = Payment
        fields = ["checkout_url", "session_id", "amount", "currency"]
        read_only_fields = fields
