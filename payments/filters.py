"""What lists of orders can be filtered and sorted by; anything else is an error (row F04)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from common.api.serializers import AwareDateTimeField
from common.errors import InvalidInput
from payments.domain.states import OrderStatus
from payments.models import LedgerEntry, RentalOrder

Row = TypeVar("Row", bound=Model)

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


class StrictFilterSet(filters.FilterSet):  # type: ignore[misc]
    """Takes the parameters that it names, and those of paging."""

    @classmethod
    def found(cls, rows: QuerySet[Row], request: Request) -> QuerySet[Row]:
        """Those of `rows` that the request asks for. Raises InvalidInput and ValidationError."""
        cls._check_known(request.query_params)
        filtered = cls(request.query_params, rows, request=request)
        if not filtered.is_valid():
            raise ValidationError({name: list(why) for name, why in filtered.errors.items()})
        asked_for: QuerySet[Row] = filtered.qs
        return asked_for

    @classmethod
    def _check_known(cls, names: Iterable[str]) -> None:
        """Raises InvalidInput for a query parameter that means nothing here."""
        unknown = sorted(set(names) - set(cls.base_filters) - PAGING)
        if unknown:
            raise InvalidInput(
                f"{unknown[0][:100]}: Unknown parameter.",
                errors={name[:100]: ["Unknown parameter."] for name in unknown[:10]},
            )


class RentalOrderFilter(StrictFilterSet):
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


class LedgerFilter(StrictFilterSet):
    """Of the ledger's entries; of the instants, the first is included and the last is not."""

    order_number = filters.CharFilter("transaction__order__order_number", max_length=32)
    account = filters.CharFilter(max_length=40)
    posted_after = AwareDateTimeFilter("transaction__posted_at", lookup_expr="gte")
    posted_before = AwareDateTimeFilter("transaction__posted_at", lookup_expr="lt")

    class Meta:
        model = LedgerEntry
        fields: list[str] = []
