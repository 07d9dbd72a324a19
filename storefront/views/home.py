"""/ : everything the shop rents out, by category."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.filters import ProductFilter
from catalog.models import Category, Product

PRODUCTS_PER_PAGE = 60


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    shown = ProductFilter(request.GET, queryset=Product.objects.active().with_tiers())
    products = shown.qs if shown.is_valid() else Product.objects.none()
    in_order = products.order_by("category__position", "category__name", "name", "pk")
    context = {
        "page": Paginator(in_order, PRODUCTS_PER_PAGE).get_page(request.GET.get("page")),
        "categories": Category.objects.filter(products__is_active=True).distinct(),
        "is_narrowed": bool(shown.data.get("search") or shown.data.get("category")),
        "search": shown.form.cleaned_data.get("search", ""),
        "category": shown.form.cleaned_data.get("category", ""),
    }
    return render(request, "storefront/home.html", context)
