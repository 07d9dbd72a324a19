"""The lines of an order as they are shown, with how their prices came about."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.serializers import MoneyField
from payments.models import Movement, RentalOrderItem
from payments.serializers.fulfilment import FulfilmentSerializer
from payments.serializers.prices import (
    PricePartSerializer,
    PriceStepSerializer,
    shown_breakdown,
    shown_steps,
)
from payments.services.movements import after


class RentalOrderItemSerializer(serializers.ModelSerializer[RentalOrderItem]):
    unit_amount = MoneyField(source="unit_minor")
    rent_amount = MoneyField(source="rent_minor")
    tax_amount = MoneyField(source="tax_minor")
    deposit_amount = MoneyField(source="deposit_minor")
    price_breakdown = serializers.SerializerMethodField()
    price_steps = serializers.SerializerMethodField()
    price_explanation = serializers.CharField(
        source="explanation", help_text="The price in one sentence."
    )
    fulfilment = serializers.SerializerMethodField(help_text="How many of its units are where.")
    serial_numbers = serializers.SerializerMethodField(help_text="Of the units that are out.")

    class Meta:
        model = RentalOrderItem
        fields = [
            "id",
            "product_id",
            "product_name",
            "quantity",
            "unit_amount",
            "rent_amount",
            "tax_rate",
            "tax_amount",
            "deposit_amount",
            "price_breakdown",
            "price_steps",
            "price_explanation",
            "fulfilment",
            "serial_numbers",
        ]
        read_only_fields = fields

    @extend_schema_field(FulfilmentSerializer)
    def get_fulfilment(self, item: RentalOrderItem) -> Any:
        return FulfilmentSerializer(after(item, _standing(item))).data

    def get_serial_numbers(self, item: RentalOrderItem) -> list[str]:
        taken = [binding for m in _standing(item) for binding in m.taken_units.all()]
        return sorted(binding.unit.serial for binding in taken if not binding.released_at)

    @extend_schema_field(PricePartSerializer(many=True))
    def get_price_breakdown(self, item: RentalOrderItem) -> list[dict[str, Any]]:
        return shown_breakdown(item.price_breakdown, item.currency)

    @extend_schema_field(PriceStepSerializer(many=True))
    def get_price_steps(self, item: RentalOrderItem) -> list[dict[str, Any]]:
        return shown_steps(item.price_breakdown, item.currency)


def _standing(item: RentalOrderItem) -> list[Movement]:
    """From the order's movements: those came with it, in one query for all lines."""
    movements = item.order.movements.all()
    return [m for m in movements if m.item_id == item.pk and m.undone_at is None]
