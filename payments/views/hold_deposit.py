"""POST /payments/rental-orders/{id}/hold_deposit/ : the customer has his deposit held (D4)."""

from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from payments.serializers import DepositPageSerializer, NothingSerializer
from payments.services.deposit_page import open_deposit_page
from payments.views.of_an_order import OwnOrderView


class HoldDepositView(OwnOrderView):
    serializer_class = DepositPageSerializer

    @documented(
        "Have the deposit of an order held on a card",
        envelope_of(DepositPageSerializer, "DepositPage"),
        errors=(400, 401, 404, 409, 413, 415, 503),
        request=NothingSerializer,
        description="For an order whose `deposit_status` is ACTION_REQUIRED: opens a page of the"
        " payment service on which the customer has the deposit held, with the same or another"
        " card. Nothing is charged. The same page again while it is open.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        payment = open_deposit_page(order.pk)
        return ok(DepositPageSerializer(payment).data, "Deposit page opened successfully")
