"""/orders/<id>/documents/ : the papers of an order, to read and to ask for."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.errors import RentwellError
from payments.domain.documents import DocumentKind
from payments.services.documents import issue_document
from payments.services.journal import Actor
from payments.views.documents import pdf_response
from storefront.access import customer_of, visible_order


@login_required
@require_safe
def document_page(request: HttpRequest, order_id: UUID, document_id: UUID) -> HttpResponseBase:
    order = visible_order(request, order_id)
    return pdf_response(request, get_object_or_404(order.documents, pk=document_id))


@login_required
@require_POST
def issue(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Issue the document and show it; the one that is there already if nothing has changed."""
    order = visible_order(request, order_id)
    kind = request.POST.get("kind", "")
    if kind not in set(DocumentKind):
        return redirect("order", order.pk)
    try:
        answer = issue_document(
            order_id=order.pk,
            kind=DocumentKind(kind),
            actor=Actor.of(customer_of(request)),
            now=timezone.now(),
        )
    except RentwellError as error:
        messages.error(request, error.message)
        return redirect("order", order.pk)
    return redirect("order-document", order.pk, answer.document.pk)
