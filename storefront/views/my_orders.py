"""/orders/ : the customer's own orders, newest first."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.models import RentalOrder
from storefront.access import customer_of

ORDERS_PER_PAGE = 20


@login_required
@require_safe
def my_orders_page(request: HttpRequest) -> HttpResponse:
    orders = RentalOrder.objects.of_customer(customer_of(request)).prefetch_related("items")
    newest_first = orders.order_by("-created_at", "pk")
    page = Paginator(newest_first, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "storefront/my_orders.html", {"page": page})
