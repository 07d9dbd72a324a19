"""What the books say now, of one order and of the shop, as staff read it."""

from datetime import date, timedelta
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.serializers import AwareDateTimeField, DayField, MoneyField, StrictSerializer
from common.money import to_decimal
from payments.services.balances import CurrencyBalance

MAX_DAYS: Final = 366


class DaysSerializer(StrictSerializer):
    """`from` and `to`, both included; the last thirty days where they are not given."""

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(required=False), "to": DayField(required=False)}  # reserved words

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day. Raises ValidationError for too many, or none."""
        self.is_valid(raise_exception=True)
        last: date = self.validated_data.get("to", today)
        first: date = self.validated_data.get("from", last - timedelta(days=29))
        if not 0 <= (last - first).days < MAX_DAYS:
            raise ValidationError({"to": [f"Must be from 0 to {MAX_DAYS - 1} days after `from`."]})
        return first, last


class OrderBalanceSerializer(serializers.Serializer[Any]):
    owed = MoneyField(
        source="owed_minor", help_text="By the customer; below zero, to the customer."
    )
    deposit_held = MoneyField(source="deposit_held_minor")
    refundable = MoneyField(
        source="refundable_minor", help_text="What is not on its way back, nor disputed."
    )


class CurrencyBalanceSerializer(serializers.Serializer[CurrencyBalance]):
    currency = serializers.CharField()
    deposits_held = MoneyField(source="deposits_held_minor")
    owed_by_customers = MoneyField(source="owed_by_customers_minor")
    owed_to_customers = MoneyField(source="owed_to_customers_minor")
    clearing = serializers.SerializerMethodField(help_text="Cash by account.")

    @extend_schema_field(
        {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "example": {"stripe_clearing": "159.00"},
        }
    )
    def get_clearing(self, balance: CurrencyBalance) -> dict[str, str]:
        return {
            account: str(to_decimal(minor, balance.currency))
            for account, minor in balance.clearing_minor.items()
        }


class DayRevenueSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    currency = serializers.CharField()
    rent = MoneyField(source="rent_minor")
    fee = MoneyField(source="fee_minor")
    damage = MoneyField(source="damage_minor")
    conceded = MoneyField(source="conceded_minor", help_text="Given back beyond what was owed.")
    revenue = MoneyField(source="revenue_minor", help_text="The sum of these, without tax.")
    tax = MoneyField(source="tax_minor")


class LedgerSummarySerializer(serializers.Serializer[Any]):
    as_of = AwareDateTimeField()
    balances = CurrencyBalanceSerializer(many=True, help_text="Now, by currency.")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    revenue = DayRevenueSerializer(many=True, help_text="By day of the shop's calendar.")
