"""How a price came about, as the API shows it (domain rule D3.5)."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from common.money import to_decimal
from payments.domain.pricing import StepKind

Rows = Iterable[dict[str, Any]]


class PricePartSerializer(serializers.Serializer[Any]):
    """One tier of the cheapest cover of the period, for one unit."""

    tier = serializers.CharField(help_text="Such as `1 week`.")
    times = serializers.IntegerField()
    amount = serializers.CharField(help_text="Of the tier once, for one unit.")
    factor = serializers.CharField(
        required=False,
        help_text="Under price rules: the mean factor of the days that the tier is charged for.",
    )


class PriceStepSerializer(serializers.Serializer[Any]):
    """What came after the tiers, in this order; `amount` is for the whole line."""

    step = serializers.ChoiceField(list(StepKind))
    name = serializers.CharField(help_text="Of the rule, the discount, the coupon or the reason.")
    amount = serializers.CharField(help_text="Negative where the price became lower.")


def shown_breakdown(parts: Rows, currency: str) -> list[dict[str, Any]]:
    """The tiers of a stored price breakdown, with amounts as people read them."""
    return [_shown(part, currency) for part in parts if "tier" in part]


def shown_steps(parts: Rows, currency: str) -> list[dict[str, Any]]:
    """The later steps of a stored price breakdown."""
    return [_shown(part, currency) for part in parts if "step" in part]


def _shown(part: dict[str, Any], currency: str) -> dict[str, Any]:
    amount = str(to_decimal(part["amount_minor"], currency))
    return {
        **{name: value for name, value in part.items() if name != "amount_minor"},
        "amount": amount,
    }
