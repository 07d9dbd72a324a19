"""Payment gateways as administrators see and write them."""

from typing import Any

from rest_framework import serializers

from common.api.serializers import OneOfField, PlainTextField, StrictSerializer
from payments.models import PaymentGateway
from payments.services.gateways import check_credentials


class StrictBooleanField(serializers.BooleanField):
    """JSON's true or false: REST framework's own takes "y", "on" and 1 as well."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


def _credential(help_text: str) -> PlainTextField:
    return PlainTextField(
        max_length=1000, required=False, allow_blank=True, write_only=True, help_text=help_text
    )


class GatewaySerializer(StrictSerializer, serializers.ModelSerializer[PaymentGateway]):
    """Credentials go in and never come out; whether one is set is all that can be read."""

    name = PlainTextField(max_length=100)
    gateway_type = OneOfField(choices=PaymentGateway.GatewayType.choices)
    is_active = StrictBooleanField(default=True)
    is_test_mode = StrictBooleanField(default=True)
    public_key = _credential("Empty: the environment's.")
    secret_key = _credential("Empty: the environment's.")
    webhook_secret = _credential("One, or several separated by commas while rolling.")
    has_secret_key = serializers.BooleanField(read_only=True)
    has_webhook_secret = serializers.BooleanField(read_only=True)

    class Meta:
        model = PaymentGateway
        validators: list[Any] = []  # that one is active is a rule (409), not a shape (400)
        fields = [
            "id",
            "name",
            "gateway_type",
            "is_active",
            "is_test_mode",
            "public_key",
            "secret_key",
            "webhook_secret",
            "has_secret_key",
            "has_webhook_secret",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_credentials(
            **{
                name: attrs.get(name, getattr(self.instance, name, ""))
                for name in ("gateway_type", "secret_key", "is_test_mode")
            }
        )
        return attrs
