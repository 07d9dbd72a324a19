"""Where the gateway sends the customer's browser afterwards: JSON to a client, HTML to a browser.

Neither page believes anything in the URL, and nothing changes because one is looked at: what the
success page may do is ask the gateway, which any timer does too (domain rule D7).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.template.loader import get_template
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.envelope import documented, envelope_of, ok
from common.errors import NotFound, TooManyRequests
from common.throttling import hit
from payments.domain.states import PAYABLE, OrderStatus, PaymentStatus
from payments.models import Payment, RentalOrder
from payments.services.pursuit import pursue_payment

# The longest id that any gateway makes; longer is nobody's.
MAX_ID = 255
POLLS_A_MINUTE: Final = 12


class ReturnSerializer(serializers.Serializer[Any]):
    """`order_id`, `order_number` and `checkout_url` only for the order's owner and for staff."""

    status = serializers.ChoiceField(choices=OrderStatus.choices(), allow_null=True)
    order_id = serializers.UUIDField(required=False)
    order_number = serializers.CharField(required=False)
    checkout_url = serializers.CharField(required=False)


# What a person reads first; the message says the rest.
HEADLINES: Final = {
    "payment_pending": "Waiting for your payment",
    "payment_failed": "The payment did not go through",
    "order_ended": "This order has ended",
    "not_found": "We do not know this payment",
}


class ReturnPageRenderer(TemplateHTMLRenderer):
    """One page for every answer, refusals included."""

    template_name = "payments/return.html"

    def get_exception_template(self, response: Response) -> Any:
        return get_template(self.template_name)

    def get_template_context(self, data: Any, renderer_context: Mapping[str, Any]) -> Any:
        headline = HEADLINES.get(data.get("code", ""), renderer_context["view"].headline)
        return {**data, "headline": headline}


class ReturnPage(APIView):
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer, ReturnPageRenderer]
    headline = ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kw: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kw)
        answer["Cache-Control"] = "no-store, private"  # who has the link may not be logged in
        return answer

    def is_owner(self, order: RentalOrder) -> bool:
        """The customer himself, or staff."""
        user = self.request.user
        return bool(user.is_authenticated and (user.is_staff or order.customer_id == user.pk))

    def details(self, order: RentalOrder, payment: Payment | None) -> dict[str, Any]:
        """What the owner sees."""
        is_open = order.status == "PENDING" and payment and payment.status == "PENDING"
        return {
            "status": order.status,
            "order_id": str(order.pk),
            "order_number": order.order_number,
            "checkout_url": payment.checkout_url if payment and is_open else "",
        }


class SuccessPageView(ReturnPage):
    """The session id is a long secret that only the customer's browser was given; with it alone
    one learns the status and nothing else."""

    headline = "Thank you"

    @documented(
        "After paying",
        envelope_of(ReturnSerializer, "PaymentSuccess"),
        errors=(404,),
        parameters=[OpenApiParameter("session_id", str, required=True)],
        description="`success` is true once the money is there. 202 with `success` false and code"
        " `payment_pending` while it is not: ask again. Everything but the status is shown to the"
        " owner only.",
    )
    def get(self, request: Request) -> Response:
        payment = self._payment(request.query_params.get("session_id", ""))
        if payment.state in PAYABLE:
            _ask_gateway(payment)
        order = RentalOrder.objects.get(pk=payment.order_id)
        mine = self.is_owner(order)
        data = self.details(order, payment) if mine else {"status": order.status}
        return _success(payment, order, data)

    def _payment(self, session_id: str) -> Payment:
        payment = None
        if session_id and len(session_id) <= MAX_ID and "\0" not in session_id:
            payment = Payment.objects.select_related("order").filter(session_id=session_id).first()
        user = self.request.user
        if payment is None or (user.is_authenticated and not self.is_owner(payment.order)):
            raise NotFound("There is no such payment.")
        return payment


def _ask_gateway(payment: Payment) -> None:
    """Ask now what became of it, but not so often that a reloading browser floods the gateway."""
    try:
        hit("success_page", str(payment.pk), limit=POLLS_A_MINUTE, window=timedelta(minutes=1))
    except TooManyRequests:
        return
    pursue_payment(payment.pk)
    payment.refresh_from_db()


def _success(payment: Payment, order: RentalOrder, data: dict[str, Any]) -> Response:
    if order.state in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        return _not_yet(
            "order_ended", "The order has ended. Money that was received goes back.", data
        )
    if payment.state is PaymentStatus.AUTHORIZED:
        return ok(data, "The deposit is held on your card. Thank you.")
    if payment.state in PAYABLE:
        message = "We have not received the payment yet. Please ask again in a moment."
        return _not_yet("payment_pending", message, data, status=202)
    if payment.state is not PaymentStatus.SUCCEEDED:
        return _not_yet("payment_failed", "The payment did not succeed.", data)
    return ok(data, "Payment completed successfully")


def _not_yet(code: str, message: str, data: dict[str, Any], *, status: int = 200) -> Response:
    body = {"success": False, "message": message, "code": code, "data": data}
    return Response(body, status=status)


class CancelPageView(ReturnPage):
    """Looked up for the owner only: anyone else gets the same words for any id (row B14)."""

    headline = "Payment not completed"

    @documented(
        "After turning back from the checkout",
        envelope_of(ReturnSerializer, "PaymentCancel"),
        parameters=[OpenApiParameter("order_id", str, required=True)],
        description="Cancels nothing: the order is kept until its hold ends, and its owner gets"
        " the address of the checkout to go on.",
    )
    def get(self, request: Request) -> Response:
        order = self._own_order(request.query_params.get("order_id", ""))
        data: dict[str, Any] = {"status": None}
        if order is not None:
            data = self.details(order, order.payments.of_the_order())
        message = "The payment was not completed. The order is kept until its hold ends."
        if order is not None and order.state is not OrderStatus.PENDING:
            message = f"This order is {order.status_display.lower()}."
        return ok(data, message)

    def _own_order(self, order_id: str) -> RentalOrder | None:
        try:
            order = RentalOrder.objects.filter(pk=UUID(order_id)).first()
        except ValueError:
            return None
        return order if order and self.is_owner(order) else None
