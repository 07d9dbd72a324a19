"""Refunds: of one order, and what staff decide about one (road C)."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import IsStaff
from common.api.envelope import documented, envelope_of, ok
from payments.models import Refund
from payments.serializers import (
    NothingSerializer,
    PaidByHandSerializer,
    RefundRequestSerializer,
    RefundSerializer,
)
from payments.services import staff_refunds
from payments.views.of_an_order import StaffWrites
from payments.views.requests import IDEMPOTENCY_KEY, identity_of

Handler = TypeVar("Handler", bound=Callable[..., Any])


class OrderRefundsView(StaffWrites):
    """The refunds of an order: its owner sees them, staff make them."""

    serializer_class = RefundSerializer

    @documented(
        "The refunds of an order",
        envelope_of(RefundSerializer, "Refunds", many=True),
        errors=(401, 404),
    )
    def get(self, request: Request, pk: str) -> Response:
        refunds = self.get_object().refunds.all()
        return ok(RefundSerializer(refunds, many=True).data, "Refunds retrieved successfully")

    @documented(
        "Give money of an order back",
        envelope_of(RefundSerializer, "RefundsAsked", many=True),
        status=201,
        errors=(400, 401, 403, 404, 409, 413, 415, 422),
        request=RefundRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Staff only. By amount, by units of lines (their tax goes back with them), or,"
        " with neither, everything that is left. One row for each payment that money goes back to,"
        " newest payment first. Above the shop's limit the rows wait for a second person.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = RefundRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = staff_refunds.refund_order(
            order_id=order.pk,
            wanted=body.wanted(),
            staff=self.user,
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return ok(RefundSerializer(made, many=True).data, "Refund asked for", status=201)


class _RefundStep(GenericAPIView[Refund]):
    """One thing that staff do to one refund."""

    queryset = Refund.objects.all()
    serializer_class = RefundSerializer
    permission_classes = [IsStaff]


def _step(
    summary: str, name: str, request: Any = None, description: str = ""
) -> Callable[[Handler], Handler]:
    return documented(
        summary,
        envelope_of(RefundSerializer, name),
        errors=(400, 401, 403, 404, 409, 413, 415),
        request=request,
        description=description,
    )


class ApproveRefundView(_RefundStep):
    @_step("Approve a refund that waits for it", "RefundApproved")
    def post(self, request: Request, pk: str) -> Response:
        refund = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        refund = staff_refunds.approve_refund(refund.pk, cast(User, request.user))
        return ok(RefundSerializer(refund).data, "Refund approved")


class RejectRefundView(_RefundStep):
    @_step("Reject a refund that waits for approval", "RefundRejected")
    def post(self, request: Request, pk: str) -> Response:
        refund = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        refund = staff_refunds.reject_refund(refund.pk, cast(User, request.user))
        return ok(RefundSerializer(refund).data, "Refund rejected")


class PaidByHandView(_RefundStep):
    @_step(
        "Close a failed refund that was paid out by hand",
        "RefundPaidByHand",
        PaidByHandSerializer,
        "It counts as given back, and the order's flag goes with the last failed refund.",
    )
    def post(self, request: Request, pk: str) -> Response:
        refund = self.get_object()
        body = PaidByHandSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        paid = staff_refunds.pay_by_hand(
            refund.pk, cast(User, request.user), body.validated_data["reference"]
        )
        return ok(RefundSerializer(paid).data, "Refund closed as paid by hand")
