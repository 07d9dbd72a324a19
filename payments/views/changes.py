"""Changing an order: extend, shorten, change; the same body answers first what it would mean."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from payments.domain.changes import ChangeKind
from payments.domain.states import ChangeStatus
from payments.serializers import (
    ChangePreviewSerializer,
    ChangeSerializer,
    ExtendSerializer,
    NothingSerializer,
    OrderChangeSerializer,
    ShortenSerializer,
    shown_change,
    shown_change_preview,
)
from payments.services.changes import change_order, preview_change, withdraw_change
from payments.services.journal import Actor
from payments.views.of_an_order import OwnOrderView
from payments.views.requests import IDEMPOTENCY_KEY, identity_of

Handler = TypeVar("Handler", bound=Callable[..., Any])

_ERRORS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 503)
_PREVIEW_FIRST: Final = (
    " With `preview` it answers what would be: lines, price, difference, what is free, and what the"
    " policy keeps; nothing is changed. Without it that is done at once, where the order does not"
    " become dearer; else the change waits at `checkout_url` for its payment, and holds the units."
    " An unpaid order is changed once its old page is closed, and paid at the new `checkout_url`."
)


# What a request came to; one that is repeated by its key may have been decided meanwhile.
_SAID: Final = {
    ChangeStatus.PENDING: "The order is changed once this is paid",
    ChangeStatus.APPLIED: "Order changed successfully",
    ChangeStatus.EXPIRED: "This change was not paid in time, or was not possible any more",
    ChangeStatus.CANCELLED: "This change was withdrawn",
}


def _change(
    summary: str, name: str, description: str, request: Any
) -> Callable[[Handler], Handler]:
    return documented(
        summary,
        envelope_of(ChangePreviewSerializer, name),
        errors=_ERRORS,
        request=request,
        parameters=[IDEMPOTENCY_KEY],
        description=description + _PREVIEW_FIRST,
    )


class AnyChangeView(OwnOrderView):
    serializer_class = OrderChangeSerializer
    kind: ClassVar[ChangeKind]
    body: ClassVar[type[ExtendSerializer | ShortenSerializer | ChangeSerializer]]

    def change(self, request: Request) -> Response:
        order, now = self.get_object(), timezone.now()
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, actor = body.wanted(self.kind), Actor.of(self.user)
        if body.validated_data["preview"]:
            preview = preview_change(order, wanted, actor, now)
            return ok(shown_change_preview(preview), "Change previewed successfully")
        change = change_order(
            order_id=order.pk,
            wanted=wanted,
            actor=actor,
            now=now,
            pays_later=body.validated_data["pay_later"],
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return ok(shown_change(change), _SAID[change.state])


class ExtendView(AnyChangeView):
    kind, body = ChangeKind.EXTEND, ExtendSerializer

    @_change(
        "Bring the units back later",
        "Extended",
        "Also when it is not paid yet, or is picked up. The whole new period is priced by the"
        " prices of now.",
        ExtendSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        return self.change(request)


class ShortenView(AnyChangeView):
    kind, body = ChangeKind.SHORTEN, ShortenSerializer

    @_change(
        "Rent for a shorter time",
        "Shortened",
        "Also when it is not paid yet; for one that is picked up staff move the return. What is"
        " given up comes back as far as the cancellation policy says, nothing of it after the"
        " pickup, and all of it before it is paid.",
        ShortenSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        return self.change(request)


class ChangeView(AnyChangeView):
    kind, body = ChangeKind.CHANGE, ChangeSerializer

    @_change(
        "Change dates, products or quantities",
        "Changed",
        "Before the pickup, paid or not. What the change does not touch keeps its price.",
        ChangeSerializer,
    )
    def post(self, request: Request, pk: str) -> Response:
        return self.change(request)


class WithdrawChangeView(OwnOrderView):
    serializer_class = OrderChangeSerializer

    @documented(
        "Give up a change that waits for its payment",
        envelope_of(OrderChangeSerializer, "ChangeWithdrawn"),
        errors=(400, 401, 404, 409, 413, 415),
        request=NothingSerializer,
        description="The order stays as it is. Money that is on its way all the same goes back.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        change = withdraw_change(order_id=order.pk, actor=Actor.of(self.user))
        return ok(shown_change(change), "Change withdrawn successfully")
