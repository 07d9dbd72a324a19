"""Documents that were issued, to be looked at."""

from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from unfold.decorators import action

from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, money_column
from payments.models import Document
from payments.models.documents import DocumentQuerySet
from payments.views.documents import pdf_response

TOTAL = money_column("total_minor", "total", ordering="total_minor")


class DocumentInline(ReadOnlyInline):
    model = Document
    fields = ["number", "kind", TOTAL, "corrects", "issued_by", "issued_at"]
    fk_name = "order"
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> DocumentQuerySet:
        rows: DocumentQuerySet = super().get_queryset(request).listed()
        return rows.select_related("issued_by")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["number", "kind", "order", TOTAL, "issued_by", "issued_at"]
    list_filter = ["kind", "currency"]
    list_select_related = ["order", "issued_by"]
    date_hierarchy = "issued_at"
    search_fields = ["number", "order__order_number", "order__customer__email"]
    fields = [
        "number",
        "kind",
        "order",
        TOTAL,
        "corrects",
        "sha256",
        "issued_by",
        "issued_at",
    ]
    actions_detail = ["pdf"]

    def get_queryset(self, request: HttpRequest) -> DocumentQuerySet:
        rows: DocumentQuerySet = super().get_queryset(request).listed()
        return rows

    @action(description="Open the PDF", url_path="pdf", permissions=["view"])  # type: ignore[untyped-decorator]
    def pdf(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        return pdf_response(request, get_object_or_404(Document, pk=object_id))
