"""Units with serial numbers, as staff register and see them."""

from rest_framework import serializers

from catalog.models import Unit
from common.api.serializers import AwareDateTimeField, PlainTextField, StrictSerializer
from payments.serializers.movements import NotesField, SerialNumbersField


class UnitSerializer(serializers.ModelSerializer[Unit]):
    """One unit of a product; `out_with` is the order that has it now."""

    serial_number = serializers.CharField(source="serial")
    status = serializers.ChoiceField(Unit.Status.choices, read_only=True)
    out_with = serializers.SerializerMethodField()
    retired_at = AwareDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Unit
        fields = ["id", "product_id", "serial_number", "status", "out_with", "notes", "retired_at"]
        read_only_fields = fields

    def get_out_with(self, unit: Unit) -> str | None:
        for binding in getattr(unit, "open_bindings", []):
            return str(binding.item.order)
        return None


class RegisterUnitsSerializer(StrictSerializer):
    serial_numbers = SerialNumbersField(allow_empty=False)
    notes = NotesField()


class OutOfServiceSerializer(StrictSerializer):
    until = AwareDateTimeField(
        required=False, allow_null=True, default=None, help_text="Without it: until it is put back."
    )
    note = PlainTextField(max_length=200, required=False, allow_blank=True, default="")
