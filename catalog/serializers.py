"""The catalog as the API answers it. Nothing here takes input: staff edit in the admin."""

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import (
    Category,
    ClosedDay,
    KitPart,
    OpeningHours,
    PriceTier,
    Product,
    QuantityDiscount,
)
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
    """The price, without tax, of one unit for `length` hours, days, weeks or months; `FIXED` is for
    a rental of any length."""

    amount = MoneyField(source="amount_minor")

    class Meta:
        model = PriceTier
        fields = ["unit", "length", "amount"]
        read_only_fields = fields


class KitPartSerializer(serializers.ModelSerializer[KitPart]):
    """So many units of another product in one unit of the kit."""

    product_id = serializers.UUIDField(source="part_id", read_only=True)
    name = serializers.CharField(source="part.name", read_only=True)

    class Meta:
        model = KitPart
        fields = ["product_id", "name", "quantity"]
        read_only_fields = fields


class QuantityDiscountSerializer(serializers.ModelSerializer[QuantityDiscount]):
    """`percent` off each unit of a line that has at least `min_quantity` of them."""

    class Meta:
        model = QuantityDiscount
        fields = ["min_quantity", "percent"]
        read_only_fields = fields


class PriceRuleSerializer(serializers.Serializer[Any]):
    """On its days, prices are `percent` higher, or lower if that is below zero."""

    name = serializers.CharField()
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    first_on = serializers.DateField(allow_null=True, help_text="With `last_on`: a season.")
    last_on = serializers.DateField(allow_null=True)
    every_year = serializers.BooleanField(help_text="The year of the two does not count.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(), help_text="1 is Monday, 7 Sunday; empty: all."
    )


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product for rent. Amounts are per unit, in `currency`; a tax rate of 0.1900 is 19 %."""

    category = CategorySerializer(read_only=True)
    units = serializers.IntegerField(
        source="units_in_service",
        read_only=True,
        help_text="In service; of a kit, as many as its parts make up.",
    )
    parts = KitPartSerializer(
        many=True, read_only=True, help_text="What a kit is made of; else empty."
    )
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
    lead_minutes = MinutesField(
        source="booked_before", help_text="It must be booked so long before the pickup."
    )
    price_tiers = PriceTierSerializer(many=True, read_only=True)
    price_rules = PriceRuleSerializer(many=True, read_only=True, source="rules")
    quantity_discounts = QuantityDiscountSerializer(many=True, read_only=True)

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
            "lead_minutes",
            "price_tiers",
            "parts",
            "price_rules",
            "quantity_discounts",
        ]
        read_only_fields = fields


class OpeningHoursSerializer(serializers.ModelSerializer[OpeningHours]):
    """Hours of one weekday, on the shop's clock."""

    weekday = serializers.IntegerField(read_only=True, help_text="ISO 8601: Monday is 1.")
    opens_at = serializers.TimeField(read_only=True, format="%H:%M")
    closes_at = serializers.TimeField(
        read_only=True, format="%H:%M", help_text="00:00 is the midnight at which the day ends."
    )

    class Meta:
        model = OpeningHours
        fields = ["weekday", "opens_at", "closes_at"]
        read_only_fields = fields


class ClosedDaySerializer(serializers.ModelSerializer[ClosedDay]):
    """Closed from the first to the last day, both included."""

    class Meta:
        model = ClosedDay
        fields = ["first_on", "last_on", "reason"]
        read_only_fields = fields


class OpeningSerializer(serializers.Serializer[Any]):
    """When customers may pick up and return. No hours at all: day and night."""

    time_zone = serializers.CharField(help_text="The zone of the shop's clock.")
    hours = OpeningHoursSerializer(many=True)
    closed_days = ClosedDaySerializer(many=True, help_text="Those that are not over.")
