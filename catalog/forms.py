"""Forms of the staff's pages. People type amounts as decimals; rows keep minor units."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminDecimalFieldWidget

from catalog.models import PriceRule, PriceTier, Product
from common.money import MAX_MINOR, to_decimal, to_minor

_LARGEST: Final = Decimal(MAX_MINOR)


class AmountField(forms.DecimalField):
    """An amount of money as people write it; how many digits it has, its currency decides."""

    widget = UnfoldAdminDecimalFieldWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_value": _LARGEST} | kwargs)


def minor_units(amount: Decimal, currency: str) -> int:
    """`amount` in minor units of `currency`.

    Raises ValidationError when the currency has fewer digits, or the amount cannot be charged.
    """
    try:
        minor = to_minor(amount, currency)
    except ValueError as error:
        raise ValidationError(str(error)) from error
    if minor > MAX_MINOR:
        raise ValidationError("The amount is too large.")
    return minor


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    deposit = AmountField(min_value=Decimal(0), initial=0, label="Deposit per unit")
    late_fee = AmountField(
        min_value=Decimal(0),
        required=False,
        label="Late fee per unit",
        help_text="For each started hour or day. 0: a late return costs nothing. Empty: as the shop"
        " does it (LATE_FEE_MINOR), and what follows here does not count.",
    )
    late_cap = AmountField(
        min_value=Decimal(0),
        initial=0,
        required=False,
        label="At most per unit",
        help_text="0: without a limit.",
    )

    class Meta:
        model = Product
        # The admin's fieldsets list the fields.
        exclude = [f"{name}_minor" for name in ("deposit", "late_fee", "late_cap")]  # noqa: DJ006

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.instance
        if not product._state.adding:
            for name in _PRODUCT_AMOUNTS:
                minor = getattr(product, f"{name}_minor")
                if minor is not None:
                    self.initial[name] = to_decimal(minor, product.currency)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency", self.instance.currency)
        for name in _PRODUCT_AMOUNTS:
            amount = cleaned.get(name)
            if amount is None and name != "late_fee":  # empty, that one stands for the shop's rule
                amount = Decimal(0)
            try:
                minor = None if amount is None else minor_units(amount, currency)
                setattr(self.instance, f"{name}_minor", minor)
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned


# Fields of the form whose columns are called so and `_minor`.
_PRODUCT_AMOUNTS: Final = ("deposit", "late_fee", "late_cap")


class PriceTierForm(forms.ModelForm):  # type: ignore[type-arg]
    """One price of `product`, in the currency that the product is being saved with."""

    amount = AmountField(min_value=Decimal("0.001"), label="Price")

    class Meta:
        model = PriceTier
        fields = ["unit", "length"]

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        if not self.instance._state.adding:
            self.initial["amount"] = to_decimal(self.instance.amount_minor, product.currency)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        self.instance.amount_minor = minor_units(amount, self.product.currency)
        return amount


class PriceTierFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The prices of one product."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"product": self.instance}


class PriceRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    weekdays = forms.TypedMultipleChoiceField(
        choices=PriceRule.Weekday.choices,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: all days of the week.",
    )

    class Meta:
        model = PriceRule
        exclude: tuple[str, ...] = ()
