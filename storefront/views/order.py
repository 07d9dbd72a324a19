"""/orders/<id>/ : one order, and going on to pay it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from payments.domain.documents import offered
from payments.domain.states import OrderStatus, PaymentStatus
from payments.models import OrderQuote, RentalOrder
from payments.services.balance_page import may_owe
from payments.services.documents import is_paid_since
from payments.services.holds import deposit_status
from payments.services.movements import Lines
from storefront.access import customer_of, visible_order
from storefront.checkout import go_to_checkout, payable_payment
from storefront.views.cancel import may_be_cancelled
from storefront.views.extend import may_be_extended


@login_required
@require_safe
def order_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = visible_order(request, order_id)
    payments = order.payments.all()
    lines = Lines.of(order)
    documents = list(order.documents.listed())
    context = {
        "order": order,
        "items": lines.items,
        "lines": lines,
        "refunds": order.refunds.all(),
        "claims": order.claims.all(),
        "settlement": getattr(order, "deposit_settlement", None),
        "owed_minor": order.balance_due_minor if may_owe(order) else 0,
        "events": order.events.all(),
        "paid_minor": sum(payment.captured_minor for payment in payments),
        "payable": payable_payment(order),
        "is_processing": any(row.state is PaymentStatus.PROCESSING for row in payments),
        "deposit_status": deposit_status(order),
        "documents": documents,
        "offered": offered(
            order.state,
            keeps=bool(order.kept_minor),
            to_staff=customer_of(request).is_staff,
            paid_since=is_paid_since(order, documents),
        ),
        "may_be_cancelled": may_be_cancelled(order),
        "may_be_extended": may_be_extended(order),
        "quote": _open_quote(order),
        "pending_change": order.changes.pending().select_related("payment").first(),
    }
    return render(request, "storefront/order.html", context)


def _open_quote(order: RentalOrder) -> OrderQuote | None:
    """What the customer may still accept."""
    if order.state is not OrderStatus.DRAFT:
        return None
    return OrderQuote.objects.open().filter(pk=order.pk).first()


@login_required
@require_POST
def pay(request: HttpRequest, order_id: UUID) -> HttpResponse:
    return go_to_checkout(request, visible_order(request, order_id))
