"""Where the payment service's books and ours differ; a person says what came of it."""

from typing import cast

from django import forms
from django.contrib import admin
from django.contrib.admin.filters import EmptyFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from payments.admin.base import ReadOnlyAdmin
from payments.admin.orders import AMOUNT
from payments.models import ReconciliationFinding
from payments.services.findings import resolve_finding


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=500, label="What came of it", widget=UnfoldAdminTextInputWidget()
    )


@admin.register(ReconciliationFinding)
class ReconciliationFindingAdmin(ReadOnlyAdmin):
    list_display = [
        "object_id",
        "kind",
        "problem",
        AMOUNT,
        "theirs",
        "ours",
        "first_seen_at",
        "last_seen_at",
        "resolved_at",
    ]
    list_filter = [("resolved_at", EmptyFieldListFilter), "problem", "kind", "currency", "gateway"]
    date_hierarchy = "first_seen_at"
    search_fields = ["object_id", "payment__order__order_number", "note"]
    fields = [
        "object_id",
        "gateway",
        "kind",
        "problem",
        AMOUNT,
        "theirs",
        "ours",
        "payment",
        "first_seen_at",
        "last_seen_at",
        "resolved_at",
        "resolved_by",
        "note",
    ]
    actions = ["resolve"]

    @admin.action(permissions=["operate"], description="Resolve with a note")
    def resolve(
        self, request: HttpRequest, rows: QuerySet[ReconciliationFinding]
    ) -> TemplateResponse | None:
        """Asks first what came of it; the note stays with the finding."""
        form = NoteForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, rows, form)
        by, note = cast(User, request.user), form.cleaned_data["note"]
        self.for_each(
            request,
            rows,
            lambda finding: resolve_finding(finding_id=finding.pk, by=by, note=note),
            "Findings resolved",
        )
        return None

    def _ask(
        self, request: HttpRequest, rows: QuerySet[ReconciliationFinding], form: NoteForm
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "What came of it?",
            "opts": self.opts,
            "findings": rows,
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/payments/resolve_findings.html", context)
