"""What staff send to draft an order, and how a quote is shown."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import User, normalize_email
from common.api.serializers import AwareDateTimeField, StrictSerializer
from payments.domain.period import Period
from payments.serializers.adjustments import AdjustmentSerializer
from payments.serializers.carts import MAX_LINES, CartSerializer, ProductIdField
from payments.services.orders import Cart
from payments.services.quotes import CartLine


class DraftSerializer(CartSerializer):
    """A cart for a customer, and until when he may accept it."""

    customer_id = ProductIdField(required=False)
    customer_email = serializers.EmailField(required=False, max_length=254)
    expires_at = AwareDateTimeField()
    # A coupon is the customer's to use; staff change a price by hand.
    coupon_code = None  # type: ignore[assignment]
    adjustments = AdjustmentSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_LINES
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer_id" in attrs) == ("customer_email" in attrs):
            raise ValidationError({"customer_email": ["Name the customer by address or by id."]})
        return attrs

    @property
    def customer(self) -> User:
        """Raises ValidationError if there is no such account."""
        values = self.validated_data
        name = "customer_id" if "customer_id" in values else "customer_email"
        found = (
            {"pk": values[name]}
            if name == "customer_id"
            else {"email": normalize_email(values[name])}
        )
        customer = User.objects.filter(is_active=True, **found).first()
        if customer is None:
            raise ValidationError({name: ["There is no such account."]})
        return customer

    @property
    def cart(self) -> Cart:
        values = self.validated_data
        return Cart(
            [CartLine(line["product_id"], line["quantity"]) for line in values["cart_items"]],
            Period(values["rental_start_date"], values["rental_end_date"]),
            values["notes"],
        )


class SendQuoteSerializer(StrictSerializer):
    expires_at = AwareDateTimeField(required=False, help_text="Another end than before.")
