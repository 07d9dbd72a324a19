"""What staff change a price by, by hand."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.serializers import PlainTextField, StrictSerializer
from payments.domain.pricing import Adjustment
from payments.serializers.carts import ProductIdField


class AdjustmentSerializer(StrictSerializer):
    """What the price of a line is changed by: a percentage or an amount, up or down."""

    product_id = ProductIdField()
    percent = serializers.RegexField(
        r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$",
        required=False,
        help_text="Such as `-10`: ten percent less.",
    )
    amount = serializers.RegexField(
        r"^-?[0-9]{1,8}(\.[0-9]{1,3})?$",
        required=False,
        help_text="Such as `-5.00`, of the whole line, without tax, in its currency.",
    )
    reason = PlainTextField(max_length=200, help_text="The customer reads it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("percent" in attrs) == ("amount" in attrs):
            raise ValidationError({"amount": ["Give either a percentage or an amount."]})
        return attrs


def adjustments_by_product(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Adjustment]:
    """What was validated, by product. Raises ValidationError for a product that comes twice."""
    found: dict[UUID, Adjustment] = {}
    for row in rows:
        if row["product_id"] in found:
            raise ValidationError({"adjustments": ["Change the price of a product once."]})
        found[row["product_id"]] = _adjustment(row)
    return found


def _adjustment(row: Mapping[str, Any]) -> Adjustment:
    if "percent" in row:
        return Adjustment(row["reason"], percent=Decimal(row["percent"]))
    return Adjustment(row["reason"], amount=Decimal(row["amount"]))
