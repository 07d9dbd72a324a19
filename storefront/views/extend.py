"""/orders/<id>/extend/ : what a later return costs and whether it is free, then asking for it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.errors import RentwellError
from common.money import to_decimal
from payments.domain.changes import ChangeKind
from payments.domain.states import OrderStatus
from payments.models import RentalOrder
from payments.services.change_plans import Wanted
from payments.services.changes import (
    ChangePreview,
    change_order,
    preview_change,
    withdraw_change,
)
from payments.services.journal import Actor
from payments.services.opening import shop_opening
from storefront.access import customer_of, visible_order
from storefront.forms import ExtendForm


def may_be_extended(order: RentalOrder) -> bool:
    return order.state in (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PICKED_UP)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def extend_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = visible_order(request, order_id)
    if not may_be_extended(order):
        return redirect("order", order.pk)
    if "withdraw" in request.POST:
        return _withdraw(request, order)
    sent = request.POST or request.GET
    form = ExtendForm(sent) if sent else ExtendForm.suggested(order, shop_opening())
    preview = None
    if form.is_bound and form.is_valid():
        if request.method == "POST":
            return _extend(request, order, form)
        preview = _preview(request, order, form)
    pending = order.changes.pending().select_related("payment").first()
    context = {"order": order, "form": form, "preview": preview, "pending": pending}
    return render(request, "storefront/extend.html", context)


def _preview(request: HttpRequest, order: RentalOrder, form: ExtendForm) -> ChangePreview | None:
    try:
        actor = Actor.of(customer_of(request))
        return preview_change(order, _wanted(form), actor, timezone.now())
    except RentwellError as error:
        form.add_error("end", error.message)
        return None


def _wanted(form: ExtendForm) -> Wanted:
    return Wanted(ChangeKind.EXTEND, end=form.cleaned_data["end"])


def _extend(request: HttpRequest, order: RentalOrder, form: ExtendForm) -> HttpResponse:
    total = form.cleaned_data["total"]
    expected = None if total is None else to_decimal(total, order.currency)
    wanted = Wanted(ChangeKind.EXTEND, end=form.cleaned_data["end"], expected_total=expected)
    try:
        change = change_order(
            order_id=order.pk,
            wanted=wanted,
            actor=Actor.of(customer_of(request)),
            now=timezone.now(),
        )
    except RentwellError as error:
        messages.error(request, error.message)
        return redirect("order-extend-page", order.pk)
    if change.payment is not None and change.payment.checkout_url:
        return redirect(change.payment.checkout_url)
    messages.success(request, f"Order {order.order_number} is changed.")
    return redirect("order", order.pk)


def _withdraw(request: HttpRequest, order: RentalOrder) -> HttpResponse:
    try:
        withdraw_change(order_id=order.pk, actor=Actor.of(customer_of(request)))
        messages.success(request, "The change is withdrawn. Your order stays as it is.")
    except RentwellError as error:
        messages.error(request, error.message)
    return redirect("order", order.pk)
