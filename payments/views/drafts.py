"""Quotes: staff draft and send them, their customer accepts (domain rule D1)."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from common.errors import NotPermitted, Unavailable
from payments.models import RentalOrder
from payments.serializers import (
    DraftSerializer,
    NothingSerializer,
    PlacedOrderSerializer,
    SendQuoteSerializer,
    StaffRentalOrderDetailSerializer,
    adjustments_by_product,
)
from payments.services.checkout import open_checkout
from payments.services.drafts import accept_quote, make_draft, send_quote
from payments.views.of_an_order import OwnOrderView
from payments.views.orders import shown_placed
from payments.views.rental import STEP_ERRORS, StaffOrderView
from payments.views.requests import IDEMPOTENCY_KEY, identity_of


class DraftView(StaffOrderView):
    @documented(
        "Draft an order for a customer",
        envelope_of(StaffRentalOrderDetailSerializer, "Drafted"),
        status=201,
        errors=(400, 401, 403, 409, 413, 415, 422),
        request=DraftSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Staff only. A draft holds no units, is edited by change, and sent by"
        " send_quote. The shop's booking rules do not bind staff.",
    )
    def post(self, request: Request) -> Response:
        body = DraftSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = make_draft(
            customer=body.customer,
            cart=body.cart,
            expires_at=body.validated_data["expires_at"],
            adjustments=adjustments_by_product(body.validated_data.get("adjustments", [])),
            staff=self.user,
            request=identity_of(request),
        )
        found = RentalOrder.objects.with_staff_details().get(pk=order.pk)
        data = StaffRentalOrderDetailSerializer(found).data
        return ok(data, "Draft created successfully", status=201)


class SendQuoteView(StaffOrderView):
    @documented(
        "Send a draft to its customer",
        envelope_of(StaffRentalOrderDetailSerializer, "QuoteSent"),
        errors=(400, 401, 403, 404, 409, 413, 415),
        request=SendQuoteSerializer,
        description="Staff only. An e-mail with a link that shows the quote; again after a change.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = SendQuoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        expires_at = body.validated_data.get("expires_at")
        order = send_quote(
            order_id=order.pk, actor=self.actor, now=timezone.now(), expires_at=expires_at
        )
        return self.answer(order, "Quote sent")


class AcceptQuoteView(OwnOrderView):
    serializer_class = PlacedOrderSerializer

    @documented(
        "Accept a quote",
        envelope_of(PlacedOrderSerializer, "QuoteAccepted"),
        errors=(*STEP_ERRORS, 503),
        request=NothingSerializer,
        description="For the customer whose quote it is, until it expires: the units are held, and"
        " the order waits for its payment, at the price that was quoted.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if order.customer_id != self.user.pk:
            raise NotPermitted("Only the customer accepts his quote.")
        placed = accept_quote(order_id=order.pk, customer=self.user, now=timezone.now())
        try:
            payment = open_checkout(placed.order, placed.new_payment)
        except Unavailable as error:
            error.errors = {"order_id": str(order.pk), "order_number": order.order_number}
            raise
        return ok(shown_placed(placed.order, payment), "Quote accepted successfully")
