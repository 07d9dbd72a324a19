"""What staff ask for when money goes back, and how a refund is shown."""

import re
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.serializers import PlainTextField, StrictIntegerField, StrictSerializer
from payments.serializers.carts import MAX_LINES, MAX_QUANTITY, ProductIdField
from payments.services.staff_refunds import Units, Wanted

_AMOUNT: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,3})?")


@extend_schema_field({"type": "string", "example": "25.00"})
class AmountField(serializers.Field[Decimal, str, str, Any]):
    """A positive amount as a decimal string; which digits it may have, its currency says."""

    default_error_messages = {"invalid": "Must be an amount above zero as a string, such as 25.00."}

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _AMOUNT.fullmatch(data) or not Decimal(data):
            self.fail("invalid")
        return Decimal(data)


class TotalField(AmountField):
    """The same, and nothing at all."""

    default_error_messages = {"invalid": "Must be an amount as a string, such as 25.00."}

    def to_internal_value(self, data: Any) -> Decimal:
        is_nothing = isinstance(data, str) and _AMOUNT.fullmatch(data) and not Decimal(data)
        return Decimal(0) if is_nothing else super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """A JSON true or false: no "yes", no 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class RefundItemSerializer(StrictSerializer):
    item_id = ProductIdField()
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    deposit = StrictBooleanField(
        required=False, default=False, help_text="The deposit of these units as well."
    )


class RefundRequestSerializer(StrictSerializer):
    """`amount`, or `items`, or neither: then everything that is left."""

    amount = AmountField(required=False, help_text="In the order's currency.")
    items = RefundItemSerializer(  # type: ignore[call-arg]
        many=True, required=False, allow_empty=False, max_length=MAX_LINES
    )
    reason = PlainTextField(max_length=200, help_text="The customer sees it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "amount" in attrs and "items" in attrs:
            raise ValidationError({"items": ["Not together with an amount."]})
        return attrs

    def wanted(self) -> Wanted:
        """What the body asks for."""
        values = self.validated_data
        units = [_units(**item) for item in values.get("items", [])]
        return Wanted(amount=values.get("amount"), units=units)


def _units(item_id: UUID, quantity: int, deposit: bool) -> Units:
    return Units(item_id, quantity, with_deposit=deposit)


class GiveBackSerializer(StrictSerializer):
    reason = PlainTextField(max_length=200, help_text="The customer sees it.")


class PaidByHandSerializer(StrictSerializer):
    reference = PlainTextField(
        max_length=200, help_text="Of the bank transfer or the receipt, for the history."
    )
