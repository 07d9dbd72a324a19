"""Which payment services the shop uses, and with which credentials."""

import uuid
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models import Q


def cipher() -> MultiFernet:
    """Encrypts with the first of CREDENTIAL_KEYS, decrypts with any: that is how keys rotate."""
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


class CredentialUnreadable(RuntimeError):
    """A stored credential was encrypted with a key that is not among CREDENTIAL_KEYS."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python; it cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value).decode()
        except InvalidToken:
            raise CredentialUnreadable(
                "A stored credential cannot be decrypted: put its old key back into"
                " CREDENTIAL_KEYS, after the new one, and run `manage.py rotate_credentials`."
            ) from None


class PaymentGatewayQuerySet(models.QuerySet["PaymentGateway"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class PaymentGateway(models.Model):
    """A payment service. Credentials left empty are taken from the environment."""

    class GatewayType(models.TextChoices):
        STRIPE = "STRIPE", "Stripe"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    gateway_type = models.CharField(max_length=20, choices=GatewayType.choices)
    is_active = models.BooleanField(default=True)
    is_test_mode = models.BooleanField(default=True)
    public_key = EncryptedTextField(blank=True, default="")
    secret_key = EncryptedTextField(blank=True, default="")
    webhook_secret = EncryptedTextField(
        blank=True, default="", help_text="One, or several separated by commas while rolling."
    )
    events_swept_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Missed webhooks were collected up to here.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PaymentGatewayQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_type"],
                name="paymentgateway_one_active_per_type",
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_secret_key(self) -> bool:
        return bool(self.secret_key)

    @property
    def has_webhook_secret(self) -> bool:
        return bool(self.webhook_secret)
