"""Coupons, and the orders that use them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from catalog.forms import AmountField, minor_units
from common.money import format_money, to_decimal
from payments.admin.base import ReadOnlyAdmin, money_column
from payments.domain.pricing import percentage
from payments.models import Coupon, CouponRedemption


class CouponForm(forms.ModelForm):  # type: ignore[type-arg]
    """People type codes in any case, and amounts as decimals."""

    amount = AmountField(
        min_value=Decimal("0.001"),
        required=False,
        label="Amount off",
        help_text="Of the whole rent, before tax. Instead of a percentage.",
    )
    smallest_order = AmountField(
        min_value=Decimal(0), required=False, help_text="Rent before tax and before the coupon."
    )

    class Meta:
        model = Coupon
        exclude = ["amount_minor", "min_order_minor"]  # noqa: DJ006 - the admin lists the fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coupon = self.instance
        if coupon.amount_minor:
            self.initial["amount"] = to_decimal(coupon.amount_minor, coupon.currency)
        if coupon.min_order_minor:
            self.initial["smallest_order"] = to_decimal(coupon.min_order_minor, coupon.currency)

    def _get_validation_exclusions(self) -> set[str]:
        # The two amounts come from fields of ours, and are checked with the rest of the row.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"amount_minor", "min_order_minor"}

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        return code.upper()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self.instance.amount_minor = self._minor("amount") or None
        self.instance.min_order_minor = self._minor("smallest_order")
        return cleaned

    def _minor(self, field: str) -> int:
        amount, currency = self.cleaned_data.get(field), self.cleaned_data.get("currency", "")
        try:
            return minor_units(amount, currency) if amount else 0
        except ValidationError as error:
            self.add_error(field, error)
            return 0


@admin.register(Coupon)
class CouponAdmin(ModelAdmin):  # type: ignore[misc]
    form = CouponForm
    list_display = ["code", "takes_off", "starts_at", "ends_at", "used", "is_active"]
    list_filter = ["is_active", "once_per_customer"]
    search_fields = ["code"]
    autocomplete_fields = ["products", "categories"]
    readonly_fields = ["redeemed"]
    fieldsets = [
        (None, {"fields": ["code", "is_active", "percent", "amount", "currency"]}),
        (
            "When, and how often",
            {
                "fields": [
                    "starts_at",
                    "ends_at",
                    "max_redemptions",
                    "once_per_customer",
                    "redeemed",
                ]
            },
        ),
        (
            "For what",
            {
                "fields": ["smallest_order", "products", "categories"],
                "description": "Without products and categories it is for everything.",
            },
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was redeemed is part of an order: retire the coupon instead.
        return bool(obj is None or not obj.redemptions.exists()) and bool(
            super().has_delete_permission(request, obj)
        )

    @admin.display(description="takes off")
    def takes_off(self, coupon: Coupon) -> str:
        if coupon.percent is not None:
            return percentage(-coupon.percent)
        return format_money(coupon.amount_minor or 0, coupon.currency)

    @admin.display(description="used")
    def used(self, coupon: Coupon) -> str:
        return f"{coupon.redeemed} of {coupon.max_redemptions or '∞'}"


@admin.register(CouponRedemption)
class CouponRedemptionAdmin(ReadOnlyAdmin):
    """`is_active`: not given back."""

    list_display = [
        "coupon",
        "order",
        "customer",
        money_column("amount_minor", "taken off"),
        "is_active",
        "created_at",
    ]
    list_filter = ["is_active"]
    list_select_related = ["coupon", "order", "customer"]
    search_fields = ["coupon__code", "order__order_number", "customer__email"]
    fields = ["coupon", "order", "customer", "is_active", "created_at"]
