"""GET /catalog/products/{id}/availability/: what is free, for a period and day by day."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Product
from common.api.envelope import documented, envelope_of, ok
from common.api.serializers import AwareDateTimeField, StrictSerializer
from common.errors import InvalidInput, NotFound
from payments.domain.period import MAX_DURATION, Period
from payments.services.availability import availability


class PeriodSerializer(StrictSerializer):
    start = AwareDateTimeField()
    end = AwareDateTimeField()


class DaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    available_quantity = serializers.IntegerField()


class AvailabilitySerializer(serializers.Serializer[Any]):
    product_id = serializers.UUIDField()
    start = AwareDateTimeField()
    end = AwareDateTimeField()
    units = serializers.IntegerField(help_text="Units in service.")
    available_quantity = serializers.IntegerField(help_text="Free over the whole period.")
    calendar = DaySerializer(many=True, help_text="Free all day, by UTC day.")


class ProductAvailabilityView(APIView):
    """Public, like the catalog. For display: the order itself is checked when it is placed."""

    permission_classes = [AllowAny]

    @documented(
        "How many units are free",
        envelope_of(AvailabilitySerializer, "Availability"),
        errors=(400, 404),
        parameters=[
            OpenApiParameter("start", str, required=True, description="With offset."),
            OpenApiParameter("end", str, required=True, description="With offset, exclusive."),
        ],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        query = PeriodSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        start, end = query.validated_data["start"], query.validated_data["end"]
        if end <= start:
            raise InvalidInput(
                "end: Must be later than start.", errors={"end": ["Must be later than start."]}
            )
        if end - start > MAX_DURATION:
            text = f"At most {MAX_DURATION.days} days after start."
            raise InvalidInput(f"end: {text}", errors={"end": [text]})
        product = Product.objects.active().filter(pk=product_id).first()
        if product is None:
            raise NotFound("There is no such product.")
        free = availability(product, Period(start, end))
        return ok(AvailabilitySerializer(free).data, "Availability retrieved successfully")
