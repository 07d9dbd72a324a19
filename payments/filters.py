"""What lists of orders can be filtered and sorted by; anything else is an error (row F04)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError

from common.api.serializers import AwareDateTimeField
from common.errors import InvalidInput
from payments.domain.states import OrderStatus
from payments.models import RentalOrder

PAGING = frozenset({"page", "page_size"})


class AwareDateTimeFormField(forms.CharField):
    """An instant with its offset, exactly as bodies take it; naive ones are refused (rule R19)."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            instant: datetime = AwareDateTimeField().run_validation(text)
        except ValidationError as error:
            raise forms.ValidationError([str(part) for part in error.detail]) from error
        return instant


class AwareDateTimeFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = AwareDateTimeFormField


class RentalOrderFilter(filters.FilterSet):  # type: ignore[misc]
    """Of `my_orders`."""

    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices())
    order_number = filters.CharFilter(lookup_expr="istartswith", max_length=32)
    starts_after = AwareDateTimeFilter("rental_start_date", lookup_expr="gte")
    starts_before = AwareDateTimeFilter("rental_start_date", lookup_expr="lt")
    created_after = AwareDateTimeFilter("created_at", lookup_expr="gte")
    created_before = AwareDateTimeFilter("created_at", lookup_expr="lt")
    ordering = filters.OrderingFilter(
        fields={
            "created_at": "created_at",
            "rental_start_date": "rental_start_date",
            "due": "total_amount",
        }
    )

    class Meta:
        model = RentalOrder
        fields: list[str] = []

    @classmethod
    def check_known(cls, names: Iterable[str]) -> None:
        """Raises InvalidInput for a query parameter that means nothing here."""
        unknown = sorted(set(names) - set(cls.base_filters) - PAGING)
        if unknown:
            raise InvalidInput(
                f"{unknown[0][:100]}: Unknown parameter.",
                errors={name[:100]: ["Unknown parameter."] for name in unknown[:10]},
            )
