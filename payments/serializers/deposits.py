"""What staff ask for at the return, and what settling the deposit would do."""

from typing import Any

from rest_framework import serializers

from common.api.serializers import OneOfField, PlainTextField, StrictSerializer
from common.money import to_decimal
from payments.domain.deposits import ClaimKind
from payments.serializers.carts import ProductIdField
from payments.serializers.claims import ClaimSerializer
from payments.serializers.refunds import AmountField
from payments.services.claims import Wanted
from payments.services.deposits import DepositPreview


class ClaimRequestSerializer(StrictSerializer):
    kind = OneOfField(choices=ClaimKind.choices())
    amount = AmountField(help_text="In the order's currency; nothing is added as tax.")
    reason = PlainTextField(max_length=500, help_text="The customer sees it.")
    item_id = ProductIdField(required=False, help_text="The line of the order it is about.")

    def wanted(self) -> Wanted:
        """What the body asks for."""
        values = self.validated_data
        return Wanted(
            ClaimKind(values["kind"]), values["amount"], values["reason"], values.get("item_id")
        )


class EvidenceFileSerializer(StrictSerializer):
    file = serializers.FileField(max_length=255)


class ReasonSerializer(StrictSerializer):
    reason = PlainTextField(max_length=200, help_text="For the history.")


class WithdrawClaimSerializer(StrictSerializer):
    reason = PlainTextField(
        max_length=200, required=False, allow_blank=True, default="", help_text="For the history."
    )


class DepositPreviewSerializer(serializers.Serializer[Any]):
    """What settling the deposit now would do."""

    currency = serializers.CharField()
    deposit_amount = serializers.CharField(help_text="What the shop has as a deposit.")
    claimed_amount = serializers.CharField(help_text="The sum of the open claims.")
    taken_amount = serializers.CharField(help_text="What claims would take of the deposit.")
    unpaid_amount = serializers.CharField(help_text="What was to be paid later, and was not.")
    netted_amount = serializers.CharField(help_text="What of the deposit would be kept for it.")
    back_amount = serializers.CharField(help_text="What would go back of it.")
    owed_amount = serializers.CharField(help_text="What it does not cover: a balance due.")
    claims = ClaimSerializer(many=True)


def shown_preview(preview: DepositPreview) -> dict[str, Any]:
    """A preview with its amounts as people read them."""
    outcome, currency = preview.outcome, preview.order.currency

    def shown(amount_minor: int) -> str:
        return str(to_decimal(amount_minor, currency))

    return {
        "currency": currency,
        "deposit_amount": shown(outcome.deposit),
        "claimed_amount": shown(outcome.claimed),
        "taken_amount": shown(outcome.taken),
        "unpaid_amount": shown(outcome.unpaid),
        "netted_amount": shown(outcome.netted),
        "back_amount": shown(outcome.back),
        "owed_amount": shown(outcome.owed),
        "claims": ClaimSerializer(preview.claims, many=True).data,
    }
