"""What staff scan at pickup and return."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.serializers import (
    OneOfField,
    PlainTextField,
    StrictIntegerField,
    StrictSerializer,
)
from payments.domain.fulfilment import Condition
from payments.serializers.carts import MAX_LINES, MAX_QUANTITY, ProductIdField
from payments.serializers.refunds import AmountField, StrictBooleanField
from payments.services.movements import Damage, Scan


class SerialNumberField(PlainTextField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, **kwargs)


class SerialNumbersField(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=SerialNumberField(), max_length=MAX_QUANTITY, **kwargs)


class NotesField(PlainTextField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"multiline": True, "required": False, "allow_blank": True, "default": ""}
        super().__init__(max_length=2000, help_text="For staff.", **kwargs)


class ScanSerializer(StrictSerializer):
    """Units of one line."""

    item_id = ProductIdField(help_text="The line.")
    quantity = StrictIntegerField(
        min_value=1,
        max_value=MAX_QUANTITY,
        required=False,
        help_text="Without it: as many as serial numbers, or all of the line there are.",
    )
    serial_numbers = SerialNumbersField(
        required=False, default=list, help_text="Of a product that has them; else any are chosen."
    )
    notes = NotesField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        serials = attrs["serial_numbers"]
        if len(set(serials)) < len(serials):
            raise ValidationError({"serial_numbers": ["A unit goes once."]})
        return attrs


class DamageSerializer(StrictSerializer):
    amount = AmountField(help_text="In the order's currency; nothing is added as tax.")
    reason = PlainTextField(max_length=500, help_text="The customer sees it.")


class ReturnScanSerializer(ScanSerializer):
    condition = OneOfField(Condition.choices(), required=False, default="GOOD")
    damages = DamageSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        default=list,
        max_length=MAX_LINES,
        help_text="Each becomes an open claim: of kind LOSS for what is lost, else DAMAGE.",
    )


class HandOverSerializer(StrictSerializer):
    items = ScanSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        default=list,
        allow_empty=False,
        max_length=MAX_LINES,
        help_text="Without it: everything that waits for pickup.",
    )
    notes = NotesField()
    without_deposit = StrictBooleanField(
        required=False,
        default=False,
        help_text="Hand over though the deposit is not secured.",
    )

    def wanted(self) -> dict[str, Any]:
        """What the body asks for, as `hand_over` takes it."""
        return _wanted(self.validated_data)


class TakeBackSerializer(StrictSerializer):
    items = ReturnScanSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        default=list,
        allow_empty=False,
        max_length=MAX_LINES,
        help_text="Without it: everything that is out.",
    )
    notes = NotesField()
    release_rest = StrictBooleanField(
        required=False,
        default=False,
        help_text="Nobody will pick up what still waits for pickup: the order need not wait.",
    )

    def wanted(self) -> dict[str, Any]:
        """What the body asks for, as `take_back` takes it."""
        return _wanted(self.validated_data)


def _wanted(values: dict[str, Any]) -> dict[str, Any]:
    scans = [_scan(**item) for item in values["items"]]
    return {"scans": scans, **{key: value for key, value in values.items() if key != "items"}}


def _scan(
    item_id: UUID,
    quantity: int | None = None,
    condition: str = "GOOD",
    damages: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Scan:
    claimed = [Damage(**damage) for damage in damages]
    return Scan(item_id, quantity, condition=Condition(condition), damages=claimed, **more)


class SwapUnitSerializer(StrictSerializer):
    item_id = ProductIdField(help_text="The line.")
    old = SerialNumberField(help_text="The serial number that comes back.")
    new = SerialNumberField(help_text="The one that goes out for it, of the same product.")
    reason = PlainTextField(max_length=200, help_text="For the history.")
