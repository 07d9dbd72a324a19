"""Everything under /payments/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from payments.views.gateways import PaymentGatewayViewSet
from payments.views.ledger import LedgerViewSet
from payments.views.orders import RentalOrderViewSet
from payments.views.returns import CancelPageView, SuccessPageView
from payments.views.webhooks import WebhookView

router = SimpleRouter()
router.register("rental-orders", RentalOrderViewSet, basename="rental-order")
router.register("gateways", PaymentGatewayViewSet, basename="payment-gateway")
router.register("ledger", LedgerViewSet, basename="ledger")

urlpatterns = [
    path("", include(router.urls)),
    path("success/", SuccessPageView.as_view(), name="payment-success"),
    path("cancel/", CancelPageView.as_view(), name="payment-cancel"),
    path("<slug:gateway>/webhook/", WebhookView.as_view(), name="payment-webhook"),
]
