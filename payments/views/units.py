"""/catalog/products/{id}/units/: units with serial numbers, for staff (domain rule D2.9)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Prefetch
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsStaff
from catalog.models import Product, Unit
from catalog.models.units import UnitQuerySet
from common.api.envelope import documented, envelope_of, ok
from payments.models import UnitBinding
from payments.serializers import (
    NothingSerializer,
    OutOfServiceSerializer,
    RegisterUnitsSerializer,
    UnitSerializer,
)
from payments.services import unit_service

Handler = TypeVar("Handler", bound=Callable[..., Any])

_ERRORS: Final = (400, 401, 403, 404, 409, 413, 415)


class ProductUnits(GenericAPIView[Unit]):
    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    permission_classes = [IsStaff]

    def get_queryset(self) -> UnitQuerySet:
        """The product's units, each with the order that it is out with."""
        product = get_object_or_404(Product, pk=self.kwargs["product_id"])
        out = UnitBinding.objects.filter(released_at=None).select_related("item__order")
        units = Unit.objects.with_status().filter(product=product)
        return units.prefetch_related(Prefetch("bindings", out, to_attr="open_bindings"))


class ProductUnitsView(ProductUnits):
    list_message = "Units retrieved successfully"

    @documented(
        "The units of a product",
        UnitSerializer(many=True),
        errors=(400, 401, 403, 404),
        description="Staff only: each unit with a serial number, by that number, and where it is.",
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(UnitSerializer(page, many=True).data)

    @documented(
        "Register units of a product",
        envelope_of(UnitSerializer, "UnitsRegistered", many=True),
        status=201,
        errors=_ERRORS,
        request=RegisterUnitsSerializer,
        description="Staff only. A product whose units have serial numbers has as many units as"
        " are registered and not retired.",
    )
    def post(self, request: Request, product_id: UUID) -> Response:
        product = get_object_or_404(Product, pk=product_id)
        body = RegisterUnitsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        units = unit_service.register_units(
            product_id=product.pk, serials=values["serial_numbers"], notes=values["notes"]
        )
        return ok(UnitSerializer(units, many=True).data, "Units registered", status=201)


def _unit_step(
    summary: str, name: str, description: str, request: Any = NothingSerializer
) -> Callable[[Handler], Handler]:
    return documented(
        summary,
        envelope_of(UnitSerializer, name),
        errors=_ERRORS,
        request=request,
        description=f"Staff only. {description}",
    )


class UnitView(ProductUnits):
    """One thing that staff do with a unit."""

    def get_unit(self, unit_id: UUID) -> Unit:
        return get_object_or_404(self.get_queryset(), pk=unit_id)


class OutOfServiceView(UnitView):
    @_unit_step(
        "Take a unit out of service",
        "UnitOutOfService",
        "From now on, until an instant or until it is put back. What is promised stays promised.",
        OutOfServiceSerializer,
    )
    def post(self, request: Request, product_id: UUID, unit_id: UUID) -> Response:
        unit = self.get_unit(unit_id)
        body = OutOfServiceSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        unit = unit_service.take_out_of_service(unit_id=unit.pk, **body.validated_data)
        return ok(UnitSerializer(unit).data, "Unit is out of service")


class BackInServiceView(UnitView):
    @_unit_step("Put a unit back into service", "UnitBackInService", "From now on.")
    def post(self, request: Request, product_id: UUID, unit_id: UUID) -> Response:
        unit = self.get_unit(unit_id)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        unit = unit_service.return_to_service(unit_id=unit.pk)
        return ok(UnitSerializer(unit).data, "Unit is back in service")


class RetireUnitView(UnitView):
    @_unit_step("Retire a unit for good", "UnitRetired", "It was sold, scrapped or lost.")
    def post(self, request: Request, product_id: UUID, unit_id: UUID) -> Response:
        unit = self.get_unit(unit_id)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        unit = unit_service.retire_unit(unit_id=unit.pk)
        return ok(UnitSerializer(unit).data, "Unit is retired")
