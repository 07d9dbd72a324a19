"""Payments that customers want back through their banks, and until when to answer."""

from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from unfold.decorators import action

from payments.admin.base import ReadOnlyAdmin
from payments.admin.orders import AMOUNT
from payments.models import Dispute
from payments.views.evidence import evidence_response


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ["gateway_dispute_id", "order", "status", "reason", AMOUNT, "respond_by"]
    list_filter = ["status", "respond_by", "reason", "currency"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = [
        "gateway_dispute_id",
        "order__order_number",
        "order__customer__email",
        "payment__intent_id",
    ]
    fields = [
        "gateway_dispute_id",
        "order",
        "payment",
        "status",
        "reason",
        AMOUNT,
        "respond_by",
        "withdrawn_at",
        "reinstated_at",
        "created_at",
        "updated_at",
    ]
    actions_detail = ["evidence"]

    @action(description="Evidence as a ZIP", url_path="evidence", permissions=["view"])  # type: ignore[untyped-decorator]
    def evidence(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """To be handed in at the payment service before it is due."""
        dispute = get_object_or_404(Dispute, pk=object_id)
        return evidence_response(dispute.order_id, dispute.pk)
