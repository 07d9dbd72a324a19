"""What was claimed at the return, and what became of deposits."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from payments.admin.asking import AsksFirst, WithdrawClaimForm, answers
from payments.admin.base import ReadOnlyAdmin, money_column
from payments.admin.orders import AMOUNT, CLAIMED, DEPOSIT, TAKEN, UNPAID
from payments.models import Claim, ClaimEvidence, DepositSettlement
from payments.services.claims import withdraw_claim

KEPT = money_column("kept_minor", "to keep in the end")


@admin.register(Claim)
class ClaimAdmin(AsksFirst):
    list_display = ["order", "kind", "status", AMOUNT, "reason", "created_at"]
    list_filter = ["status", "kind", "currency"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number", "order__customer__email", "reason"]
    fields = [
        "order",
        "item",
        "movement",
        "kind",
        "status",
        AMOUNT,
        "reason",
        "made_by",
        "withdrawn_because",
        "created_at",
    ]
    actions = ["withdraw"]

    @admin.action(permissions=["operate"], description="Withdraw, or waive a late fee")
    def withdraw(self, request: HttpRequest, rows: "QuerySet[Claim]") -> TemplateResponse | None:
        form = WithdrawClaimForm(answers(request))
        if page := self.ask(request, rows, "withdraw", form):
            return page
        staff, reason = cast(User, request.user), form.cleaned_data["reason"]
        self.for_each(
            request,
            rows,
            lambda claim: withdraw_claim(claim.pk, staff, reason),
            "Claims withdrawn",
        )
        return None


@admin.register(ClaimEvidence)
class ClaimEvidenceAdmin(ReadOnlyAdmin):
    list_display = ["claim", "name", "content_type", "size", "added_by", "created_at"]
    list_filter = ["content_type"]
    list_select_related = ["claim__order", "added_by"]
    date_hierarchy = "created_at"
    search_fields = ["claim__order__order_number", "name"]
    fields = ["claim", "link", "content_type", "size", "added_by", "created_at"]

    @admin.display(description="file")
    def link(self, evidence: ClaimEvidence) -> str:
        """The API hands it out to whoever may see it; the storage has no addresses."""
        claim = evidence.claim
        url = reverse("evidence-file", args=[claim.order_id, claim.pk, evidence.pk])
        return format_html('<a href="{}">{}</a>', url, evidence.name)


@admin.register(DepositSettlement)
class DepositSettlementAdmin(ReadOnlyAdmin):
    list_display = ["order", DEPOSIT, CLAIMED, TAKEN, "settled_by", "created_at"]
    list_filter = ["currency"]
    list_select_related = ["order", "settled_by"]
    date_hierarchy = "created_at"
    search_fields = ["order__order_number", "order__customer__email"]
    fields = ["order", DEPOSIT, CLAIMED, TAKEN, UNPAID, KEPT, "settled_by", "created_at"]
