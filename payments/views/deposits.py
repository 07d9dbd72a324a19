"""Claims of an order, and settling its deposit (domain rule D4)."""

from uuid import UUID

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from payments.models import Claim
from payments.serializers import (
    BalancePageSerializer,
    ClaimRequestSerializer,
    ClaimSerializer,
    DepositPreviewSerializer,
    NothingSerializer,
    StaffRentalOrderDetailSerializer,
    WithdrawClaimSerializer,
    shown_preview,
)
from payments.services import claims
from payments.services.balance_page import open_balance_page
from payments.services.deposits import preview_deposit, settle_deposit
from payments.services.journal import Actor
from payments.views.of_an_order import OwnOrderView, StaffWrites
from payments.views.rental import STEP_ERRORS, StaffOrderView
from payments.views.requests import IDEMPOTENCY_KEY, identity_of


class ClaimsView(StaffWrites):
    """The claims of an order: its owner sees them, staff make them."""

    def get_claim(self, claim_id: UUID) -> Claim:
        return get_object_or_404(Claim, pk=claim_id, order=self.get_object())


class OrderClaimsView(ClaimsView):
    serializer_class = ClaimSerializer

    @documented(
        "The claims of an order",
        envelope_of(ClaimSerializer, "Claims", many=True),
        errors=(401, 404),
    )
    def get(self, request: Request, pk: str) -> Response:
        found = self.get_object().claims.all()
        return ok(ClaimSerializer(found, many=True).data, "Claims retrieved successfully")

    @documented(
        "Claim an amount of an order",
        envelope_of(ClaimSerializer, "ClaimMade"),
        status=201,
        errors=STEP_ERRORS,
        request=ClaimRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Staff only, from the pickup until the deposit is settled. Nothing is taken"
        " before settle_deposit.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = ClaimRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        claim = claims.make_claim(
            order_id=order.pk,
            wanted=body.wanted(),
            staff=self.user,
            request=identity_of(request),
        )
        return ok(ClaimSerializer(claim).data, "Claim made", status=201)


class WithdrawClaimView(ClaimsView):
    serializer_class = ClaimSerializer

    @documented(
        "Withdraw a claim before the deposit is settled",
        envelope_of(ClaimSerializer, "ClaimWithdrawn"),
        errors=(400, 401, 403, 404, 409, 413, 415),
        request=WithdrawClaimSerializer,
        description="Staff only. A late fee is waived this way, too.",
    )
    def post(self, request: Request, pk: str, claim_id: UUID) -> Response:
        claim = self.get_claim(claim_id)
        body = WithdrawClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        claim = claims.withdraw_claim(claim.pk, self.user, body.validated_data["reason"])
        return ok(ClaimSerializer(claim).data, "Claim withdrawn")


class SettleDepositView(StaffOrderView, StaffWrites):
    @documented(
        "What settling the deposit would do now",
        envelope_of(DepositPreviewSerializer, "DepositPreview"),
        errors=(401, 404, 409),
        description="Exactly what POST would do: what the open claims take of the deposit, what"
        " goes back, and what would still be owed. Nothing is changed.",
    )
    def get(self, request: Request, pk: str) -> Response:
        preview = preview_deposit(self.get_object())
        return ok(shown_preview(preview), "Deposit preview calculated successfully")

    @documented(
        "Take the open claims from the deposit and give the rest back",
        envelope_of(StaffRentalOrderDetailSerializer, "DepositSettled"),
        errors=STEP_ERRORS,
        request=NothingSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Staff only, once per order, when everything is back. What the claims exceed"
        " the deposit by is owed by the customer: `balance_due`.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        order = settle_deposit(
            order_id=order.pk, actor=Actor.of(self.user), request=identity_of(request)
        )
        return self.answer(order, "Deposit settled")


class PayBalanceView(OwnOrderView):
    serializer_class = BalancePageSerializer

    @documented(
        "Pay what is still owed after the return",
        envelope_of(BalancePageSerializer, "BalancePage"),
        errors=(400, 401, 404, 409, 413, 415, 503),
        request=NothingSerializer,
        description="For an order with a `balance_due` whose deposit is settled: opens a checkout"
        " for it. The same one again while it is open.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        payment = open_balance_page(order.pk)
        return ok(BalancePageSerializer(payment).data, "Checkout opened successfully")
