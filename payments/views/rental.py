"""What staff do with the units of an order: hand them over, take them back (road D)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import IsStaff
from common.api.envelope import documented, envelope_of, ok
from payments.models import Movement, RentalOrder
from payments.serializers import (
    HandOverSerializer,
    ReasonSerializer,
    StaffRentalOrderDetailSerializer,
    SwapUnitSerializer,
    TakeBackSerializer,
)
from payments.services import rental, serial_units, undo
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
    def user(self) -> User:
        return cast(User, self.request.user)

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)

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
        "Note that the customer has taken units",
        "HandedOver",
        "Staff only, for a confirmed order, or for the rest of one that is picked up: everything"
        " that waits for pickup, or `items`. With the first units the order is picked up. Refused"
        " while its deposit is not secured, if the shop wants that, unless `without_deposit` is"
        " true; and before the start where the units are promised to somebody else until then.",
        HandOverSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = HandOverSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = rental.hand_over(
            order_id=order.pk, actor=self.actor, request=identity_of(request), **body.wanted()
        )
        return self.answer(order, "Order handed over")


class TakeBackView(StaffOrderView):
    @_step(
        "Note that units are back",
        "TakenBack",
        "Staff only, for an order that is picked up: everything that is out, or `items`. Their"
        " turnaround begins now. Damages, and what the product's late fee asks for, become open"
        " claims. With the last unit the order is returned, and the inspection window begins.",
        TakeBackSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = TakeBackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = rental.take_back(
            order_id=order.pk, actor=self.actor, request=identity_of(request), **body.wanted()
        )
        return self.answer(order, "Order taken back")


class UndoTakeBackView(StaffOrderView):
    @_step(
        "Undo a return that was noted by mistake",
        "TakeBackUndone",
        "Staff only, with a reason, until the deposit is settled: what came back last is still out,"
        " if nobody else has been promised it, and the claims that came with it are withdrawn.",
        ReasonSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = undo.undo_take_back(
            order_id=order.pk,
            actor=self.actor,
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return self.answer(order, "Return undone")


class SwapUnitView(StaffOrderView):
    @_step(
        "Swap a unit that is out for another of the same product",
        "UnitSwapped",
        "Staff only, for units with serial numbers, while the order is picked up.",
        SwapUnitSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = SwapUnitSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = serial_units.swap_unit(
            order_id=order.pk,
            actor=self.actor,
            request=identity_of(request),
            **body.validated_data,
        )
        return self.answer(order, "Unit swapped")


class UndoMovementView(StaffOrderView):
    @_step(
        "Undo a scan that was a mistake",
        "MovementUndone",
        "Staff only, with a reason, until the deposit is settled, newest first. Undoing the only"
        " pickup makes the order confirmed again. Claims that came with it are withdrawn.",
        ReasonSerializer,
    )
    def post(self, request: Request, pk: str, movement_id: UUID) -> Response:
        order = self.get_object()
        movement = get_object_or_404(Movement, pk=movement_id, order=order)
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = undo.undo_movement(
            movement_id=movement.pk,
            actor=self.actor,
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return self.answer(order, "Movement undone")
