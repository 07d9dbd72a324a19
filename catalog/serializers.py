"""The catalog as the API answers it. Nothing here takes input: staff edit in the admin."""

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Category, PriceTier, Product
from common import deposits
from common.api.serializers import MoneyField


@extend_schema_field(OpenApiTypes.INT)
class MinutesField(serializers.Field[Any, Any, int, Any]):
    """A duration as a whole number of minutes. Read-only."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: timedelta) -> int:
        return value // timedelta(minutes=1)


class CategorySerializer(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = ["id", "name", "slug"]
        read_only_fields = fields


class PriceTierSerializer(serializers.ModelSerializer[PriceTier]):
    """The price, without tax, of one unit for `length` hours, days, weeks or months."""

    amount = MoneyField(source="amount_minor")

    class Meta:
        model = PriceTier
        fields = ["unit", "length", "amount"]
        read_only_fields = fields


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product for rent. Amounts are per unit, in `currency`; a tax rate of 0.1900 is 19 %."""

    category = CategorySerializer(read_only=True)
    deposit_amount = MoneyField(source="deposit_minor")
    deposit_strategy = serializers.ChoiceField(
        deposits.choices(), source="secured_by", read_only=True
    )
    prep_minutes = MinutesField(
        source="prep_time", help_text="A unit is occupied this long before a rental."
    )
    turnaround_minutes = MinutesField(
        source="turnaround_time", help_text="A unit is occupied this long after a rental."
    )
    min_minutes = MinutesField(source="min_duration", help_text="The shortest rental.")
    max_minutes = MinutesField(source="max_duration", help_text="The longest rental.")
    price_tiers = PriceTierSerializer(many=True, read_only=True)

    class Meta:
        model = Product
        fields = [
            "id",
            "name",
            "slug",
            "description",
            "category",
            "image",
            "units",
            "currency",
            "deposit_amount",
            "deposit_strategy",
            "tax_rate",
            "prep_minutes",
            "turnaround_minutes",
            "min_minutes",
            "max_minutes",
            "price_tiers",
        ]
        read_only_fields = fields
