"""/orders/<id>/pay_balance/ : on to the page where the customer pays what he still owes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common.errors import RentwellError
from payments.services.balance_page import open_balance_page
from storefront.access import visible_order


@login_required
@require_POST
def pay_balance(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = visible_order(request, order_id)
    try:
        payment = open_balance_page(order.pk)
    except RentwellError as error:
        messages.error(request, error.message)
        return redirect("order", order.pk)
    return redirect(payment.checkout_url)
