"""/payments/gateways/: how administrators configure payment services."""

from typing import Any, ClassVar, cast

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.permissions import IsAdmin
from common.api.envelope import ERRORS, documented, envelope_of, ok
from payments.models import PaymentGateway
from payments.serializers import GatewaySerializer
from payments.services.gateways import save_gateway


@extend_schema_view(
    list=extend_schema(
        summary="Payment gateways",
        responses={
            200: GatewaySerializer(many=True),
            **{status: ERRORS[status] for status in (400, 401, 403, 404)},
        },
    )
)
class PaymentGatewayViewSet(ListModelMixin, GenericViewSet[PaymentGateway]):
    """Administrators only. Credentials can be written and never read."""

    queryset = PaymentGateway.objects.all()
    serializer_class = GatewaySerializer
    permission_classes = [IsAdmin]
    list_message: ClassVar[str] = "Gateways retrieved successfully"

    @documented(
        "One payment gateway", envelope_of(GatewaySerializer, "Gateway"), errors=(401, 403, 404)
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        return ok(self.get_serializer(self.get_object()).data, "Gateway retrieved successfully")

    @documented(
        "Add a payment gateway",
        envelope_of(GatewaySerializer, "GatewayAdded"),
        status=201,
        errors=(400, 401, 403, 409, 413, 415),
        request=GatewaySerializer,
    )
    def create(self, request: Request) -> Response:
        return ok(self._saved(request), "Gateway added successfully", status=201)

    @documented(
        "Change a payment gateway",
        envelope_of(GatewaySerializer, "GatewayChanged"),
        errors=(400, 401, 403, 404, 409, 413, 415),
        request=GatewaySerializer(partial=True),
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        return ok(self._saved(request, self.get_object()), "Gateway changed successfully")

    def _saved(self, request: Request, gateway: PaymentGateway | None = None) -> Any:
        serializer = self.get_serializer(gateway, data=request.data, partial=gateway is not None)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        changed = gateway or PaymentGateway()
        for name, value in given.items():
            setattr(changed, name, value)
        save_gateway(changed, by=cast(User, request.user), changed=list(given))
        return self.get_serializer(changed).data
