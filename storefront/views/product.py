"""/products/<slug>/ : one product, what it costs for a period, and ordering it."""

from datetime import date
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.models import PriceRule, Product
from common.errors import RentwellError
from common.throttling import peer_of
from payments.domain.opening import Opening
from payments.services.idempotency import Request
from payments.services.late_fees import rule_of
from payments.services.opening import shop_opening
from payments.services.orders import place_order
from payments.services.previews import Preview, preview_cart
from storefront.access import customer_of
from storefront.checkout import go_to_checkout
from storefront.forms import ChoiceForm, OrderForm
from storefront.month import month_of


@require_http_methods(["GET", "HEAD", "POST"])
def product_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Asking for a price is a GET: it survives the login, and may be reloaded and shared."""
    product = get_object_or_404(Product.objects.active().with_tiers(), slug=slug)
    if request.method == "POST":
        return _order(request, product)
    opening = shop_opening()
    asked = "start" in request.GET
    choice = (
        ChoiceForm(request.GET)
        if asked
        else ChoiceForm.suggested(product, opening, _day(request.GET.get("day", "")))
    )
    return _page(request, product, choice, _new_order(choice), opening)


def _day(text: str) -> date | None:
    """The day that was chosen in the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _order(request: HttpRequest, product: Product) -> HttpResponse:
    choice, form = ChoiceForm(request.POST), OrderForm(request.POST, auto_id="order_%s")
    if not request.user.is_authenticated:
        return redirect_to_login(f"{request.path}?{_query(choice)}")
    if form.is_valid():
        try:
            placed = place_order(
                customer=customer_of(request),
                cart=form.cart_of(product, peer_of(request)),
                request=_asked(form, request.path),
            )
        except RentwellError as error:
            form.refuse(error)
        else:
            return go_to_checkout(request, placed.order, placed.new_payment)
    return _page(request, product, choice, form, shop_opening())


def _asked(form: OrderForm, path: str) -> Request:
    # Going back to mend the message must not make a second order, so it does not count.
    body = {name: form.cleaned_data[name] for name in ChoiceForm.base_fields}
    return Request.of(form.cleaned_data["key"], "POST", path, body)


def _new_order(choice: ChoiceForm) -> OrderForm:
    values = {name: choice[name].value() for name in choice.fields}
    return OrderForm(initial={**values, "key": uuid4().hex}, auto_id="order_%s")


def _query(choice: ChoiceForm) -> str:
    return urlencode({name: choice[name].value() or "" for name in choice.fields})


def _page(
    request: HttpRequest,
    product: Product,
    choice: ChoiceForm,
    order: OrderForm,
    opening: Opening,
) -> HttpResponse:
    late_fee = rule_of(product)
    context = {
        "month": month_of(product, request.GET.get("month", ""), opening),
        "kept": f"{_query(choice)}&" if choice.is_bound else "",
        "product": product,
        "choice": choice,
        "offer": _offer(request, product, choice),
        "late_return": late_fee.words(product.currency) if late_fee.amount_minor else "",
        "rules": PriceRule.objects.of(product, product.category),
        "order": order,
        "this_page": f"{request.path}?{_query(choice)}",
    }
    return render(request, "storefront/product.html", context)


def _offer(request: HttpRequest, product: Product, choice: ChoiceForm) -> Preview | None:
    """None when nothing was asked, or when it cannot be rented so: then the form says why."""
    if not choice.is_valid():
        return None
    customer = customer_of(request) if request.user.is_authenticated else None
    try:
        cart = choice.cart_of(product, peer_of(request))
        return preview_cart(cart, timezone.now(), customer)
    except RentwellError as error:
        choice.refuse(error)
        return None
