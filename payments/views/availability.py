"""GET /catalog/products/{id}/availability/ and /catalog/availability/: what is free, and when."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Product
from catalog.views import PublicView
from common.api.envelope import documented, envelope_of, ok
from common.api.serializers import AwareDateTimeField, OneOfField, StrictSerializer
from common.errors import InvalidInput, NotFound
from payments.domain.period import MAX_DURATION, Period
from payments.services.availability import (
    availability,
    availability_by_day,
    availability_by_hour,
)
from payments.services.opening import shop_opening

MAX_HOURLY: Final = timedelta(days=14)
MAX_OF_MANY: Final = timedelta(days=62)
MAX_PRODUCTS: Final = 50
PERIOD: Final = [
    OpenApiParameter("start", str, required=True, description="With offset."),
    OpenApiParameter("end", str, required=True, description="With offset, exclusive."),
]


class QuerySerializer(StrictSerializer):
    start = AwareDateTimeField()
    end = AwareDateTimeField()
    by = OneOfField(choices=["day", "hour"], required=False)


class ManyQuerySerializer(StrictSerializer):
    start = AwareDateTimeField()
    end = AwareDateTimeField()
    product_id = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MAX_PRODUCTS
    )


class SlotSerializer(serializers.Serializer[Any]):
    """A day or an hour; days have a date, hours a start."""

    date = serializers.DateField(required=False)
    start = AwareDateTimeField(required=False)
    available_quantity = serializers.IntegerField(help_text="Free all the time.")
    is_open = serializers.BooleanField(
        required=False, help_text="Whether a rental can begin or end in it."
    )


class AvailabilitySerializer(serializers.Serializer[Any]):
    product_id = serializers.UUIDField()
    start = AwareDateTimeField()
    end = AwareDateTimeField()
    units = serializers.IntegerField(help_text="Units in service.")
    available_quantity = serializers.IntegerField(help_text="Free over the whole period.")
    calendar = SlotSerializer(
        many=True, help_text="By UTC day, or by day or hour of the shop as `by` says."
    )


class ProductAvailabilityView(PublicView):
    """Public, like the catalog. For display: the order itself is checked when it is placed."""

    @documented(
        "How many units are free",
        envelope_of(AvailabilitySerializer, "Availability"),
        errors=(400, 404),
        parameters=[
            *PERIOD,
            OpenApiParameter(
                "by",
                str,
                enum=["day", "hour"],
                description="The calendar goes by days or hours on the shop's clock; hours for at"
                f" most {MAX_HOURLY.days} days. Without it, by UTC days.",
            ),
        ],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        query = QuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        by = query.validated_data.get("by")
        period = _period(query.validated_data, MAX_HOURLY if by == "hour" else MAX_DURATION)
        product = Product.objects.active().with_parts().filter(pk=product_id).first()
        if product is None:
            raise NotFound("There is no such product.")
        if by == "day":
            [free] = availability_by_day([product], period, shop_opening())
        elif by == "hour":
            free = availability_by_hour(product, period, shop_opening())
        else:
            free = availability(product, period)
        return ok(AvailabilitySerializer(free).data, "Availability retrieved successfully")


class CatalogAvailabilityView(PublicView):
    """Many products at once, such as a page of the catalog. Public, and for display."""

    @documented(
        "How many units of several products are free",
        envelope_of(AvailabilitySerializer(many=True), "CatalogAvailability"),
        errors=(400,),
        description=f"Up to {MAX_PRODUCTS} products for up to {MAX_OF_MANY.days} days, each with"
        " its calendar by days of the shop. Products that are not for rent are left out.",
        parameters=[
            OpenApiParameter(
                "product_id", UUID, many=True, required=True, description="Once for each product."
            ),
            *PERIOD,
        ],
    )
    def get(self, request: Request) -> Response:
        given = request.query_params
        query = ManyQuerySerializer(
            data={**given.dict(), "product_id": given.getlist("product_id")}
        )
        query.is_valid(raise_exception=True)
        period = _period(query.validated_data, MAX_OF_MANY)
        found = Product.objects.active().with_parts().in_bulk(query.validated_data["product_id"])
        wanted = dict.fromkeys(query.validated_data["product_id"])  # each once, in their order
        products = [found[key] for key in wanted if key in found]
        free = availability_by_day(products, period, shop_opening())
        return ok(
            AvailabilitySerializer(free, many=True).data, "Availability retrieved successfully"
        )


def _period(values: dict[str, Any], longest: timedelta) -> Period:
    start, end = values["start"], values["end"]
    text = ""
    if end <= start:
        text = "Must be later than start."
    elif end - start > longest:
        text = f"At most {longest.days} days after start."
    if text:
        raise InvalidInput(f"end: {text}", errors={"end": [text]})
    return Period(start, end)
