"""Everything under /payments/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from payments.views.board import BoardView
from payments.views.changes import (
    ChangeView,
    ExtendView,
    ShortenView,
    WithdrawChangeView,
)
from payments.views.claim_evidence import ClaimEvidenceView, EvidenceFileView
from payments.views.deposits import (
    OrderClaimsView,
    PayBalanceView,
    SettleDepositView,
    WithdrawClaimView,
)
from payments.views.documents import DocumentView, OrderDocumentsView
from payments.views.drafts import AcceptQuoteView, DraftView, SendQuoteView
from payments.views.evidence import DisputeEvidenceView
from payments.views.gateways import PaymentGatewayViewSet
from payments.views.hold_deposit import HoldDepositView
from payments.views.ledger import LedgerViewSet
from payments.views.movement_photos import MovementPhotosView, MovementPhotoView
from payments.views.orders import RentalOrderViewSet
from payments.views.payments import GiveBackPaymentView, ReleasePaymentView
from payments.views.refunds import (
    ApproveRefundView,
    OrderRefundsView,
    PaidByHandView,
    RejectRefundView,
)
from payments.views.rental import (
    HandOverView,
    SwapUnitView,
    TakeBackView,
    UndoMovementView,
    UndoTakeBackView,
)
from payments.views.returns import CancelPageView, SuccessPageView
from payments.views.webhooks import WebhookView

router = SimpleRouter()
router.register("rental-orders", RentalOrderViewSet, basename="rental-order")
router.register("gateways", PaymentGatewayViewSet, basename="payment-gateway")
router.register("ledger", LedgerViewSet, basename="ledger")

of_an_order = [
    path("refunds/", OrderRefundsView.as_view(), name="order-refunds"),
    path("hold_deposit/", HoldDepositView.as_view(), name="order-hold-deposit"),
    path("hand_over/", HandOverView.as_view(), name="order-hand-over"),
    path("take_back/", TakeBackView.as_view(), name="order-take-back"),
    path("undo_take_back/", UndoTakeBackView.as_view(), name="order-undo-take-back"),
    path("swap_unit/", SwapUnitView.as_view(), name="order-swap-unit"),
    path("movements/<uuid:movement_id>/undo/", UndoMovementView.as_view(), name="movement-undo"),
    path(
        "movements/<uuid:movement_id>/photos/",
        MovementPhotosView.as_view(),
        name="movement-photos",
    ),
    path(
        "movements/<uuid:movement_id>/photos/<uuid:photo_id>/",
        MovementPhotoView.as_view(),
        name="movement-photo",
    ),
    path("claims/", OrderClaimsView.as_view(), name="order-claims"),
    path("claims/<uuid:claim_id>/withdraw/", WithdrawClaimView.as_view(), name="claim-withdraw"),
    path("claims/<uuid:claim_id>/evidence/", ClaimEvidenceView.as_view(), name="claim-evidence"),
    path(
        "claims/<uuid:claim_id>/evidence/<uuid:evidence_id>/",
        EvidenceFileView.as_view(),
        name="evidence-file",
    ),
    path("documents/", OrderDocumentsView.as_view(), name="order-documents"),
    path("documents/<uuid:document_id>/", DocumentView.as_view(), name="document"),
    path("extend/", ExtendView.as_view(), name="order-extend"),
    path("shorten/", ShortenView.as_view(), name="order-shorten"),
    path("change/", ChangeView.as_view(), name="order-change"),
    path("send_quote/", SendQuoteView.as_view(), name="order-send-quote"),
    path("accept_quote/", AcceptQuoteView.as_view(), name="order-accept-quote"),
    path("withdraw_change/", WithdrawChangeView.as_view(), name="order-withdraw-change"),
    path("pay_balance/", PayBalanceView.as_view(), name="order-pay-balance"),
    path("settle_deposit/", SettleDepositView.as_view(), name="order-settle-deposit"),
]

urlpatterns = [
    path("rental-orders/draft/", DraftView.as_view(), name="order-draft"),
    path("", include(router.urls)),
    path("rental-orders/<pk>/", include(of_an_order)),
    path(
        "rental-orders/<uuid:pk>/disputes/<uuid:dispute_id>/evidence/",
        DisputeEvidenceView.as_view(),
        name="dispute-evidence",
    ),
    path("payments/<pk>/release/", ReleasePaymentView.as_view(), name="payment-release"),
    path("payments/<pk>/give_back/", GiveBackPaymentView.as_view(), name="payment-give-back"),
    path("refunds/<pk>/approve/", ApproveRefundView.as_view(), name="refund-approve"),
    path("refunds/<pk>/reject/", RejectRefundView.as_view(), name="refund-reject"),
    path("refunds/<pk>/paid_by_hand/", PaidByHandView.as_view(), name="refund-paid-by-hand"),
    path("board/", BoardView.as_view(), name="board-data"),
    path("success/", SuccessPageView.as_view(), name="payment-success"),
    path("cancel/", CancelPageView.as_view(), name="payment-cancel"),
    path("<slug:gateway>/webhook/", WebhookView.as_view(), name="payment-webhook"),
]
