"""/payments/payments/{id}/: what staff decide about a payment that was put aside (D6.4)."""

from typing import Any, cast

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import IsStaff
from common.api.envelope import documented, envelope_of, ok
from payments.models import Payment
from payments.serializers import GiveBackSerializer, NothingSerializer, PaymentSerializer
from payments.services import quarantine

_ERRORS = (400, 401, 403, 404, 409, 413, 415, 503)


class _QuarantinedPayment(GenericAPIView[Any]):
    queryset = Payment.objects.all()
    serializer_class = PaymentSerializer
    permission_classes = [IsStaff]


class ReleasePaymentView(_QuarantinedPayment):
    @documented(
        "Let a quarantined payment in as it is",
        envelope_of(PaymentSerializer, "PaymentReleased"),
        errors=_ERRORS,
        request=None,
        description="Staff only. The payment service is asked what it has, and the order is settled"
        " by that: too much goes back in part, too little ends the order and goes back whole.",
    )
    def post(self, request: Request, pk: str) -> Response:
        payment = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        released = quarantine.release_payment(payment.pk, cast(User, request.user))
        return ok(PaymentSerializer(released).data, "Payment released")


class GiveBackPaymentView(_QuarantinedPayment):
    @documented(
        "Give all of a quarantined payment back",
        envelope_of(PaymentSerializer, "PaymentGivenBack"),
        errors=_ERRORS,
        request=GiveBackSerializer,
        description="Staff only. Above the shop's limit the refund waits for a second person.",
    )
    def post(self, request: Request, pk: str) -> Response:
        payment = self.get_object()
        body = GiveBackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given_back = quarantine.give_back_payment(
            payment.pk, cast(User, request.user), body.validated_data["reason"]
        )
        return ok(PaymentSerializer(given_back).data, "Payment given back")
