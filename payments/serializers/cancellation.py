"""What a customer is told before he cancels."""

from typing import Any

from rest_framework import serializers

from common.money import to_decimal
from payments.services.cancellation import CancellationQuote


class QuotedPartSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(choices=["rent", "tax", "deposit"])
    amount = serializers.CharField(help_text="What would come back of it.")
    why = serializers.CharField(help_text="One sentence for the customer.")


class QuotedPaymentSerializer(serializers.Serializer[Any]):
    payment_id = serializers.UUIDField()
    amount = serializers.CharField(help_text="What would go back to where this payment came from.")


class CancellationQuoteSerializer(serializers.Serializer[Any]):
    """What would come back if the order were cancelled now, from which payment, and why."""

    currency = serializers.CharField()
    paid_amount = serializers.CharField(help_text="Received, less what went back before.")
    refund_amount = serializers.CharField(help_text="What would come back: the sum of the parts.")
    kept_amount = serializers.CharField(help_text="What the shop would keep of rent and tax.")
    percent_back = serializers.IntegerField(help_text="Of rent and tax, by the policy.")
    parts = QuotedPartSerializer(many=True)
    payments = QuotedPaymentSerializer(many=True)


def shown_quote(quote: CancellationQuote) -> dict[str, Any]:
    """A quote with its amounts as people read them."""
    currency, terms = quote.order.currency, quote.terms

    def shown(amount_minor: int) -> str:
        return str(to_decimal(amount_minor, currency))

    return {
        "currency": currency,
        "paid_amount": shown(terms.back.total + terms.kept),
        "refund_amount": shown(terms.back.total),
        "kept_amount": shown(terms.kept),
        "percent_back": terms.percent,
        "parts": [
            {"part": part, "amount": shown(amount), "why": why}
            for part, amount, why in terms.reasons()
        ],
        "payments": [
            {"payment_id": str(payment.pk), "amount": shown(amount)}
            for payment, amount in quote.payments
        ],
    }
