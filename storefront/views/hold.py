"""/orders/<id>/hold/ : on to the page where the customer has his deposit held."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from payments.services.deposit_page import open_deposit_page
from storefront.access import visible_order
from storefront.checkout import go_to_page


@login_required
@require_POST
def hold(request: HttpRequest, order_id: UUID) -> HttpResponse:
    return go_to_page(request, visible_order(request, order_id), open_deposit_page)
