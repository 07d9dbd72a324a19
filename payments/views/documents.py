"""…/documents/: quotes, agreements, invoices, credit notes and receipts of an order, as PDF."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import ERRORS, documented, envelope_of, ok
from payments.domain.documents import DocumentKind
from payments.models import Document
from payments.serializers import DocumentRequestSerializer, DocumentSerializer
from payments.services.documents import issue_document
from payments.services.journal import Actor
from payments.views.of_an_order import OwnOrderView


class OrderDocumentsView(OwnOrderView):
    serializer_class = DocumentSerializer
    list_message: ClassVar[str] = "Documents retrieved successfully"

    @documented(
        "The documents of an order, newest first",
        DocumentSerializer(many=True),
        errors=(400, 401, 404),
        operation_id="payments_rental_orders_documents_list",
    )
    def get(self, request: Request, pk: str) -> Response:
        page = self.paginate_queryset(self.get_object().documents.listed())
        return self.get_paginated_response(DocumentSerializer(page, many=True).data)

    @documented(
        "Issue a document",
        envelope_of(DocumentSerializer, "DocumentIssued"),
        status=201,
        errors=(400, 401, 403, 404, 409, 413, 415),
        request=DocumentRequestSerializer,
        description="The owner asks for a `QUOTE`, an `INVOICE` or a `RECEIPT`, staff for every"
        " kind. The same document again (200) if nothing has changed.",
    )
    def post(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = DocumentRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        answer = issue_document(
            order_id=order.pk,
            kind=DocumentKind(body.validated_data["kind"]),
            actor=Actor.of(self.user),
            now=timezone.now(),
        )
        shown = DocumentSerializer(answer.document).data
        if not answer.is_new:
            return ok(shown, "This document was issued before, and nothing has changed")
        return ok(shown, "Document issued", status=201)


class DocumentView(OwnOrderView):
    serializer_class = DocumentSerializer

    @extend_schema(
        summary="One document, as PDF",
        responses={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY),
            **{status: ERRORS[status] for status in (401, 404)},
        },
    )
    def get(self, request: Request, pk: str, document_id: UUID) -> HttpResponseBase:
        document = get_object_or_404(Document, pk=document_id, order=self.get_object())
        return pdf_response(request, document)


def pdf_response(request: HttpRequest | Request, document: Document) -> HttpResponseBase:
    """The file for whoever may have it; not sent again to who has it already."""
    etag = f'"{document.sha256}"'
    answer = HttpResponse(
        bytes(document.pdf),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{document.filename}"',
            "Cache-Control": "private, no-store",
            "ETag": etag,
        },
    )
    return get_conditional_response(request, etag=etag, response=answer) or answer
