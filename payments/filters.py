"""What lists of orders can be filtered and sorted by; anything else is an error (matrix row F04)."""

from typing import Any

from django_filters import rest_framework as filters

from common.errors import InvalidInput
from payments.domain.states import OrderStatus
from payments.models import RentalOrder

PAGING = frozenset({"page", "page_size"})


class RentalOrderFilter(filters.FilterSet):
    """Of `my_orders`."""

    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices())
    order_number = filters.CharFilter(lookup_expr="istartswith", max_length=32)
    starts_after = filters.IsoDateTimeFilter("rental_start_date", lookup_expr="gte")
    starts_before = filters.IsoDateTimeFilter("rental_start_date", lookup_expr="lt")
    created_after = filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter("created_at", lookup_expr="lt")
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
    def check_known(cls, names: Any) -> None:
        """Raises InvalidInput for a query parameter that means nothing here."""
        unknown = sorted(set(names) - set(cls.base_filters) - PAGING)
        if unknown:
            raise InvalidInput(
                f"{unknown[0][:100]}: Unknown parameter.",
                errors={name[:100]: ["Unknown parameter."] for name in unknown[:10]},
            )
