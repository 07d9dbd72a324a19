"""What customers fill in. Shapes only: whether it can be rented is for the services to say."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils import timezone

from accounts.models import User
from accounts.serializers import MAX_EMAIL, MAX_PASSWORD
from catalog.models import Product
from common.errors import InvalidInput, RentwellError
from payments.domain.opening import Opening
from payments.domain.period import Period
from payments.models import RentalOrder
from payments.serializers.carts import MAX_QUANTITY
from payments.services.orders import Cart
from payments.services.quotes import CartLine

PICKUP_HOUR = 10
_YEARS = range(2000, 2201)  # as the API has it; outside, arithmetic may overflow

# Where an error of the services is shown in a form of ours.
_FIELD_OF = {
    "rental_start_date": "start",
    "rental_end_date": "end",
    "cart_items": "quantity",
    "coupon_code": "coupon",
}


class ShopTimeField(forms.DateTimeField):
    """A date and time on the shop's clock, picked with the browser's own widget.

    A time that a clock change skips or repeats is refused: it does not say which instant is meant.
    """

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(ZoneInfo(settings.SHOP_TIME_ZONE)):
            instant = super().to_python(value)
        if instant is not None and instant.year not in _YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return instant

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(ZoneInfo(settings.SHOP_TIME_ZONE)):
            return super().prepare_value(value)


def _open_from(opening: Opening, at: datetime) -> datetime:
    """`at` or the next opening, on the shop's clock; a day more of that is the same hour."""
    return (opening.next_open(at) or at).astimezone(opening.zone)


class ShopForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class ChoiceForm(ShopForm):
    """How many, from when to when."""

    start = ShopTimeField(label="Pickup")
    end = ShopTimeField(label="Return")
    quantity = forms.IntegerField(label="Quantity", min_value=1, max_value=MAX_QUANTITY)
    coupon = forms.CharField(label="Coupon code (optional)", required=False, max_length=40)

    @classmethod
    def suggested(cls, product: Product, opening: Opening, day: date | None = None) -> "ChoiceForm":
        """An empty form that proposes `day`, or the next morning on which it can be had, for a day
        or the product's minimum."""
        now = timezone.now()
        morning = now.astimezone(opening.zone) + timedelta(days=1)
        if day and day.year in _YEARS:
            morning = datetime.combine(day, time(PICKUP_HOUR), opening.zone)
        morning = morning.replace(hour=PICKUP_HOUR, minute=0, second=0, microsecond=0)
        while morning < now + product.booked_before:
            morning += timedelta(days=1)
        start = _open_from(opening, morning)
        end = _open_from(opening, start + max(timedelta(days=1), product.min_duration))
        return cls(initial={"start": start, "end": end, "quantity": 1})

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "start" in values and "end" in values and values["end"] <= values["start"]:
            self.add_error("end", "The return must be later than the pickup.")
        return values

    def cart_of(self, product: Product, peer: str) -> Cart:
        """The valid choice of `peer` as the services take it."""
        values = self.cleaned_data
        line = CartLine(product.pk, values["quantity"])
        return Cart(
            lines=[line],
            period=Period(values["start"], values["end"]),
            notes=values.get("notes", ""),
            coupon_code=values["coupon"],
            peer=peer,
        )

    def refuse(self, error: RentwellError) -> None:
        """Show what a service refused, at the field that it concerns if there is one."""
        field = next((_FIELD_OF[name] for name in error.errors if name in _FIELD_OF), None)
        self.add_error(field if isinstance(error, InvalidInput) else None, error.message)


class OrderForm(ChoiceForm):
    """A choice whose price was shown, to be ordered as it stands.

    `key` makes sending it twice one order (rule R12).
    """

    start = ShopTimeField(widget=forms.HiddenInput)
    end = ShopTimeField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAX_QUANTITY)
    coupon = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    key = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")]
    )
    notes = forms.CharField(
        label="Message to the shop (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SignUpForm(ShopForm):
    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="E-mail address",
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=MAX_PASSWORD,
        help_text="At least eight characters, not a common word, not only digits.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        """Plain ASCII, so that addresses that look alike are alike."""
        email: str = self.cleaned_data["email"]
        if not email.isascii():
            raise forms.ValidationError("Please use plain ASCII letters in the address.")
        return email

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "password" in values:
            person = User(email=values.get("email", ""), name=values.get("name", ""))
            try:
                validate_password(values["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class ExtendForm(ShopForm):
    """A later return; `total` is what the order was said to cost then, in minor units."""

    end = ShopTimeField(label="New return")
    total = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @classmethod
    def suggested(cls, order: RentalOrder, opening: Opening) -> "ExtendForm":
        """An empty form that proposes the same hour of the next day that is ahead."""
        end = order.rental_end_date.astimezone(opening.zone) + timedelta(days=1)
        if end <= (now := timezone.now()):
            end += timedelta(days=(now - end).days + 1)
        return cls(initial={"end": _open_from(opening, end)})
