"""Where units are, how they came there, and what a late return would cost, as it is shown."""

from typing import Any

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField
from common.money import to_decimal
from payments.domain.late_fees import LateCharge
from payments.models import Movement, MovementPhoto, RentalOrder, RentalOrderItem


class MovementSerializer(serializers.ModelSerializer[Movement]):
    """Some units of a line went out, came back, or are not picked up any more."""

    at = AwareDateTimeField(read_only=True)
    serial_numbers = serializers.SerializerMethodField()
    is_undone = serializers.SerializerMethodField(help_text="It was a mistake.")

    class Meta:
        model = Movement
        fields = [
            "id",
            "item_id",
            "kind",
            "quantity",
            "serial_numbers",
            "condition",
            "at",
            "is_undone",
        ]
        read_only_fields = fields

    def get_serial_numbers(self, movement: Movement) -> list[str]:
        units = movement.returned_units if movement.kind == "BACK" else movement.taken_units
        return sorted({binding.unit.serial for binding in units.all()})

    def get_is_undone(self, movement: Movement) -> bool:
        return movement.undone_at is not None


class StaffMovementSerializer(MovementSerializer):
    """The same, and what only the shop sees."""

    undone_at = AwareDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Movement
        fields = [*MovementSerializer.Meta.fields, "notes", "undone_at", "undo_reason"]
        read_only_fields = fields


class MovementPhotoSerializer(serializers.ModelSerializer[MovementPhoto]):
    created_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = MovementPhoto
        fields = ["id", "name", "content_type", "size", "created_at"]
        read_only_fields = fields


class FulfilmentSerializer(serializers.Serializer[Any]):
    """How many units of a line are where."""

    reserved = serializers.IntegerField(help_text="Wait for pickup.")
    out = serializers.IntegerField()
    back = serializers.IntegerField(help_text="Lost ones included.")
    left = serializers.IntegerField(help_text="Were never picked up, and will not be.")


class LateFeeSerializer(serializers.Serializer[Any]):
    """What a return now would cost for a line that is late."""

    item_id = serializers.UUIDField()
    amount = serializers.CharField()
    currency = serializers.CharField()
    reason = serializers.CharField()


def shown_late_fee(item: RentalOrderItem, fee: LateCharge, order: RentalOrder) -> dict[str, Any]:
    """A late fee with its amount as people read it."""
    return {
        "item_id": str(item.pk),
        "amount": str(to_decimal(fee.amount_minor, order.currency)),
        "currency": order.currency,
        "reason": fee.reason,
    }
