"""/orders/<id>/pay_balance/ : on to the page where the customer pays what he still owes."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from payments.services.balance_page import open_balance_page
from storefront.access import visible_order
from storefront.checkout import go_to_page


@login_required
@require_POST
def pay_balance(request: HttpRequest, order_id: UUID) -> HttpResponse:
    return go_to_page(request, visible_order(request, order_id), open_balance_page)
