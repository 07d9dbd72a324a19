"""What the endpoints under /auth/ take and answer."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from accounts.models import User
from common.api.serializers import PlainTextField, StrictSerializer

MAX_PASSWORD = 128  # longer ones would only cost time to hash
MAX_EMAIL = 254
MAX_TOKEN = 4096


class PasswordField(serializers.CharField):
    """Taken as it is, spaces included; never answered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=MAX_PASSWORD,
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class EmailField(serializers.EmailField):
    """An address in plain ASCII; a domain in other letters is written in its xn-- form.

    So two addresses that look alike are alike, and lower case means the same everywhere.
    """

    default_error_messages = {"ascii": "Must consist of plain ASCII characters."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if not (text.isascii() and text.isprintable()):
            self.fail("ascii")
        return text


class RegisterSerializer(StrictSerializer):
    email = EmailField(max_length=MAX_EMAIL)
    password = PasswordField()
    name = PlainTextField(max_length=150)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = User(email=attrs["email"], name=attrs["name"])
        try:
            validate_password(attrs["password"], person)
        except DjangoValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return attrs


class RegisteredSerializer(serializers.Serializer[Any]):
    """What the client sent, and the role. No id: that of an account which existed before is
    nobody's business, and any other would be a lie."""

    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=["CUSTOMER"])


class CredentialsSerializer(StrictSerializer):
    email = PlainTextField(max_length=MAX_EMAIL)
    password = PasswordField()


class RefreshSerializer(StrictSerializer):
    refresh = PlainTextField(max_length=MAX_TOKEN)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For `Authorization: Bearer`; good for ten minutes.")
    refresh = serializers.CharField(help_text="Good for one use at /auth/token/refresh/.")


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "date_joined")
        read_only_fields = fields
