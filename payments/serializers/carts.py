"""What customers send: carts, cancellations; and what they are told of a cart."""

import re
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common import deposits
from common.api.serializers import (
    AwareDateTimeField,
    MoneyField,
    PlainTextField,
    StrictIntegerField,
    StrictSerializer,
)
from payments.serializers.prices import (
    PricePartSerializer,
    PriceStepSerializer,
    shown_breakdown,
    shown_steps,
)
from payments.services.previews import Preview, PreviewLine

MAX_LINES = 50
MAX_QUANTITY = 1000


class ProductIdField(serializers.UUIDField):
    """A UUID in the form in which the catalog gives it.

    REST framework's own takes numbers too, and whatever Unicode calls a digit.
    """

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("invalid", value=str(data)[:40])
        return UUID(data)


_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class CartItemSerializer(StrictSerializer):
    product_id = ProductIdField()
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)


class CartSerializer(StrictSerializer):
    """A cart for a period. Prices are never read from the client."""

    cart_items = CartItemSerializer(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=MAX_LINES
    )
    rental_start_date = AwareDateTimeField()
    rental_end_date = AwareDateTimeField()
    notes = PlainTextField(
        required=False, allow_blank=True, default="", max_length=2000, multiline=True
    )
    coupon_code = PlainTextField(required=False, allow_blank=True, default="", max_length=40)


class NothingSerializer(StrictSerializer):
    """A body that says nothing: any field is one too many."""


class CancelSerializer(StrictSerializer):
    reason = PlainTextField(required=False, allow_blank=True, default="", max_length=200)


def _line_money(name: str) -> MoneyField:
    return MoneyField(source=f"quote.price.{name}", currency_source="quote.product.currency")


def _total_money(name: str, **kwargs: Any) -> MoneyField:
    return MoneyField(source=f"quote.totals.{name}", currency_source="quote.currency", **kwargs)


class QuoteLineSerializer(serializers.Serializer[PreviewLine]):
    product_id = serializers.UUIDField(source="quote.product.pk")
    product_name = serializers.CharField(source="quote.product.name")
    quantity = serializers.IntegerField(source="quote.price.quantity")
    unit_amount = _line_money("unit_minor")
    rent_amount = _line_money("rent_minor")
    tax_rate = serializers.DecimalField(
        source="quote.price.tax_rate", max_digits=5, decimal_places=4
    )
    tax_amount = _line_money("tax_minor")
    deposit_amount = _line_money("deposit_minor")
    price_breakdown = serializers.SerializerMethodField()
    price_steps = serializers.SerializerMethodField()
    price_explanation = serializers.CharField(
        source="quote.price.explanation", help_text="The price in one sentence."
    )
    available_quantity = serializers.IntegerField(help_text="Free over the whole period.")

    @extend_schema_field(PricePartSerializer(many=True))
    def get_price_breakdown(self, line: PreviewLine) -> list[dict[str, Any]]:
        quote = line.quote
        return shown_breakdown(quote.price.breakdown(), quote.product.currency)

    @extend_schema_field(PriceStepSerializer(many=True))
    def get_price_steps(self, line: PreviewLine) -> list[dict[str, Any]]:
        return shown_steps(line.quote.price.breakdown(), line.quote.product.currency)


class QuoteSerializer(serializers.Serializer[Preview]):
    """What create_from_cart would ask for, line by line, and how many units are free."""

    items = QuoteLineSerializer(source="lines", many=True)
    rental_start_date = AwareDateTimeField(source="quote.period.start")
    rental_end_date = AwareDateTimeField(source="quote.period.end")
    currency = serializers.CharField(source="quote.currency")
    rent_amount = _total_money("rent_minor")
    tax_amount = _total_money("tax_minor")
    deposit_amount = _total_money("deposit_minor")
    deposit_strategy = serializers.ChoiceField(
        deposits.choices(), source="quote.totals.deposit_strategy"
    )
    total_amount = _total_money(
        "due_minor", help_text="Rent, tax, and the deposit if that is charged."
    )
    is_available = serializers.BooleanField(help_text="Whether every line could be had now.")


class PlacedOrderSerializer(serializers.Serializer[Any]):
    """The answer of create_from_cart."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    total_amount = serializers.CharField(help_text="Rent, tax, and the deposit if that is charged.")
    currency = serializers.CharField()
    checkout_url = serializers.URLField(allow_null=True, help_text="Null if nothing is to be paid.")
    session_id = serializers.CharField(allow_null=True)
