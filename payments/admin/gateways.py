"""Payment services. Credentials can be written here and never read."""

from typing import Any, Final, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.models import User
from common.errors import InvalidInput
from payments.domain.errors import GatewayAlreadyActive
from payments.models import PaymentGateway
from payments.services.gateways import check_credentials, save_gateway

CREDENTIALS: Final = ("public_key", "secret_key", "webhook_secret")


def _credential(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=1000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown. Leave empty to keep what is there.",
    )


class GatewayForm(forms.ModelForm):  # type: ignore[type-arg]
    new_public_key = _credential("Public key")
    new_secret_key = _credential("Secret key")
    new_webhook_secret = _credential("Webhook secret")

    class Meta:
        model = PaymentGateway
        fields = ["name", "gateway_type", "is_active", "is_test_mode"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        for name in CREDENTIALS:
            if value := cleaned.get(f"new_{name}"):
                setattr(self.instance, name, value)
        self._check_mode(cleaned)
        self._check_only_one(cleaned)
        return cleaned

    def _check_mode(self, cleaned: dict[str, Any]) -> None:
        try:
            check_credentials(
                gateway_type=cleaned.get("gateway_type", self.instance.gateway_type),
                secret_key=self.instance.secret_key,
                is_test_mode=cleaned.get("is_test_mode", False),
            )
        except InvalidInput as error:
            self.add_error("new_secret_key", error.message)

    def _check_only_one(self, cleaned: dict[str, Any]) -> None:
        twins = PaymentGateway.objects.active().filter(gateway_type=cleaned.get("gateway_type"))
        if cleaned.get("is_active") and twins.exclude(pk=self.instance.pk).exists():
            self.add_error("is_active", GatewayAlreadyActive.default_message)


@admin.register(PaymentGateway)
class PaymentGatewayAdmin(ModelAdmin):  # type: ignore[misc]
    form = GatewayForm
    list_display = [
        "name",
        "gateway_type",
        "is_active",
        "is_test_mode",
        "secret_key_is_set",
        "webhook_secret_is_set",
        "updated_at",
    ]
    list_filter = ["gateway_type", "is_active", "is_test_mode"]
    search_fields = ["name"]
    readonly_fields = [
        "secret_key_is_set",
        "webhook_secret_is_set",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (None, {"fields": ["name", "gateway_type", "is_active", "is_test_mode"]}),
        (
            "Credentials",
            {
                "fields": [
                    "secret_key_is_set",
                    "webhook_secret_is_set",
                    *(f"new_{name}" for name in CREDENTIALS),
                ],
                "description": "What is not set here is taken from the environment.",
            },
        ),
        ("History", {"fields": ["created_at", "updated_at"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # payments point at it; deactivate it instead

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees no inputs, so the write-only ones are left out."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [(None, {"fields": [*self.form.Meta.fields, *self.readonly_fields]})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_gateway(obj, by=cast(User, request.user), changed=form.changed_data)

    @admin.display(boolean=True, description="has a secret key")
    def secret_key_is_set(self, gateway: PaymentGateway) -> bool:
        return gateway.has_secret_key

    @admin.display(boolean=True, description="has a webhook secret")
    def webhook_secret_is_set(self, gateway: PaymentGateway) -> bool:
        return gateway.has_webhook_secret
