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
from payments.services.journal import Actor
from payments.services.orders import cancel_order, kept_if_cancelled
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
    paid = sum(payment.refundable_minor for payment in order.payments.all())
    kept = min(paid, kept_if_cancelled(order, actor, timezone.now()))
    context = {"order": order, "paid_minor": paid, "kept_minor": kept, "back_minor": paid - kept}
    return render(request, "storefront/cancel.html", context)


def _cancel(request: HttpRequest, order: RentalOrder, actor: Actor) -> HttpResponse:
    try:
        cancel_order(order_id=order.pk, actor=actor, now=timezone.now())
    except RentwellError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Order {order.order_number} is cancelled.")
    return redirect("order", order.pk)
