"""/quotes/<token>/ : what staff offer, for whoever has the link; its customer may accept it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.errors import RentwellError
from payments.domain.states import OrderStatus
from payments.models import OrderQuote
from payments.services.drafts import accept_quote
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from storefront.access import customer_of
from storefront.checkout import go_to_checkout


@require_http_methods(["GET", "HEAD", "POST"])
def quote_page(request: HttpRequest, token: str) -> HttpResponse:
    quote = _quote(token)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        if quote.order.customer_id != request.user.pk:
            raise Http404  # somebody else has the link
        return _answer(request, quote, token)
    context = {
        "quote": quote,
        "order": quote.order,
        "items": quote.order.items.all(),
        "is_open": _is_open(quote),
        "is_mine": request.user.pk == quote.order.customer_id,
    }
    return render(request, "storefront/quote.html", context)


def _quote(token: str) -> OrderQuote:
    """A quote that was sent. Raises Http404, the same for any other token."""
    order_id = OrderQuote.order_id_of(token)
    sent = OrderQuote.objects.filter(sent_at__isnull=False).select_related("order")
    return get_object_or_404(sent, pk=UUID(order_id) if order_id else None)


def _is_open(quote: OrderQuote) -> bool:
    return quote.order.state is OrderStatus.DRAFT and quote.expires_at > timezone.now()


def _answer(request: HttpRequest, quote: OrderQuote, token: str) -> HttpResponse:
    customer, now = customer_of(request), timezone.now()
    try:
        if "decline" in request.POST:
            cancel_order(order_id=quote.pk, actor=Actor.of(customer), now=now)
            messages.success(request, "You have declined this quote.")
            return redirect("quote", token)
        placed = accept_quote(order_id=quote.pk, customer=customer, now=now)
    except RentwellError as error:
        messages.error(request, error.message)
        return redirect("quote", token)
    return go_to_checkout(request, placed.order, placed.new_payment)
