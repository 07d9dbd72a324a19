"""/orders/<id>/cancel/ : asks first, says what comes back, then cancels."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.errors import RentwellError
from payments.domain.states import ORDER_STEPS, OrderStatus
from payments.models import RentalOrder
from payments.services.cancellation import cancellation_quote
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from storefront.access import customer_of, visible_order


def may_be_cancelled(order: RentalOrder) -> bool:
    """Whether the status allows it (D1)."""
    return OrderStatus.CANCELLED in ORDER_STEPS[order.state]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = visible_order(request, order_id)
    actor = Actor.of(customer_of(request))
    if not may_be_cancelled(order):
        return redirect("order", order.pk)
    if request.method == "POST":
        return _cancel(request, order, actor)
    terms = cancellation_quote(order, actor, timezone.now()).terms
    context = {
        "order": order,
        "paid_minor": terms.back.total + terms.kept,
        "kept_minor": terms.kept,
        "back_minor": terms.back.total,
        "reasons": [reason for reason in terms.reasons() if getattr(order, f"{reason[0]}_minor")],
    }
    return render(request, "storefront/cancel.html", context)


def _cancel(request: HttpRequest, order: RentalOrder, actor: Actor) -> HttpResponse:
    try:
        cancel_order(order_id=order.pk, actor=actor, now=timezone.now())
    except RentwellError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Order {order.order_number} is cancelled.")
    return redirect("order", order.pk)
