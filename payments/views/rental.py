"""What staff do with the units of an order: hand them over, take them back (road D)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import IsStaff
from common.api.envelope import documented, envelope_of, ok
from payments.models import RentalOrder
from payments.serializers import (
    HandOverSerializer,
    NothingSerializer,
    ReasonSerializer,
    StaffRentalOrderDetailSerializer,
)
from payments.services import rental
from payments.services.journal import Actor
from payments.views.requests import IDEMPOTENCY_KEY, identity_of

Handler = TypeVar("Handler", bound=Callable[..., Any])

STEP_ERRORS: Final = (400, 401, 403, 404, 409, 413, 415, 422)


class StaffOrderView(GenericAPIView[RentalOrder]):
    """One thing that staff do to one order; answers with the order."""

    queryset = RentalOrder.objects.all()
    serializer_class = StaffRentalOrderDetailSerializer
    permission_classes = [IsStaff]

    @property
    def actor(self) -> Actor:
        return Actor.of(cast(User, self.request.user))

    def answer(self, order: RentalOrder, message: str) -> Response:
        found = RentalOrder.objects.with_staff_details().get(pk=order.pk)
        return ok(StaffRentalOrderDetailSerializer(found).data, message)


def _step(summary: str, name: str, description: str, request: Any) -> Callable[[Handler], Handler]:
    return documented(
        summary,
        envelope_of(StaffRentalOrderDetailSerializer, name),
        errors=STEP_ERRORS,
        request=request,
        parameters=[IDEMPOTENCY_KEY],
        description=description,
    )


class HandOverView(StaffOrderView):
    @_step(
        "Note that the customer has taken the units",
        "HandedOver",
        "Staff only, for a confirmed order: it is picked up. Refused while its deposit is not"
        " secured, if the shop wants that, unless `without_deposit` is true.",
        HandOverSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = HandOverSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = rental.hand_over(
            order_id=order.pk,
            actor=self.actor,
            without_deposit=body.validated_data["without_deposit"],
            request=identity_of(request),
        )
        return self.answer(order, "Order handed over")


class TakeBackView(StaffOrderView):
    @_step(
        "Note that everything is back",
        "TakenBack",
        "Staff only, for an order that is picked up: it is returned, now, its units are free, and"
        " the inspection window begins.",
        NothingSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        order = rental.take_back(order_id=order.pk, actor=self.actor, request=identity_of(request))
        return self.answer(order, "Order taken back")


class UndoTakeBackView(StaffOrderView):
    @_step(
        "Undo a return that was noted by mistake",
        "TakeBackUndone",
        "Staff only, with a reason, until the deposit is settled: the order is picked up again, if"
        " nobody else has been promised its units.",
        ReasonSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = rental.undo_take_back(
            order_id=order.pk,
            actor=self.actor,
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return self.answer(order, "Return undone")
