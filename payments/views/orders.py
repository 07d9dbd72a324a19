"""/payments/rental-orders/: from a cart to an order, one's orders, cancelling (roads A and C)."""

from typing import Any, ClassVar, cast

from django.core.cache import cache
from django.db.models import Case, F, Sum, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import bearer_of
from accounts.models import User
from accounts.permissions import IsStaff
from common.api.envelope import ERRORS, documented, envelope_of, ok
from common.api.pagination import EnvelopePagination
from common.errors import Unavailable
from common.money import to_decimal
from payments.filters import RentalOrderFilter
from payments.models import Payment, RentalOrder
from payments.models.orders import RentalOrderQuerySet
from payments.serializers import (
    CancellationQuoteSerializer,
    CancelSerializer,
    CartSerializer,
    NothingSerializer,
    PlacedOrderSerializer,
    QuoteSerializer,
    RentalOrderDetailSerializer,
    RentalOrderListSerializer,
    StaffRentalOrderDetailSerializer,
    shown_quote,
)
from payments.services import orders
from payments.services.cancellation import cancellation_quote
from payments.services.checkout import open_checkout
from payments.services.journal import Actor
from payments.services.previews import preview_cart
from payments.services.pursuit import pursue_late_checkouts
from payments.services.resync import resync_order
from payments.views.requests import IDEMPOTENCY_KEY, identity_of, read_cart

# As RentalOrder.charged_deposit_minor, in the database.
CHARGED_DEPOSIT = Case(When(deposit_strategy="CHARGE", then=F("deposit_minor")), default=0)

CANCELLED = inline_serializer(
    "CancelledEnvelope",
    {"success": serializers.BooleanField(default=True), "message": serializers.CharField()},
)


class RentalOrderViewSet(GenericViewSet[RentalOrder]):
    """Rental orders of the customer who asks; staff see all by id."""

    queryset = RentalOrder.objects.none()
    serializer_class = RentalOrderDetailSerializer
    filterset_class: ClassVar[type[RentalOrderFilter] | None] = None
    list_message: ClassVar[str] = "Orders retrieved successfully"

    @property
    def customer(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> RentalOrderQuerySet:
        return RentalOrder.objects.visible_to(self.customer)

    @documented(
        "Create a rental order from a cart",
        envelope_of(PlacedOrderSerializer, "PlacedOrder"),
        status=201,
        errors=(400, 401, 409, 413, 415, 422, 429, 503),
        request=CartSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Prices the cart, holds the units and opens a checkout. Price and stock are"
        " checked on the server only. Without an Idempotency-Key, an equal cart within a minute"
        " returns the same unpaid order.",
    )
    @action(detail=False, methods=["post"])
    def create_from_cart(self, request: Request) -> Response:
        cart = read_cart(request)
        placed = orders.place_order(customer=self.customer, cart=cart, request=identity_of(request))
        order = placed.order
        try:
            if placed.new_payment is None:
                pursue_late_checkouts(order)
            payment = open_checkout(order, placed.new_payment)
        except Unavailable as error:
            error.errors = {"order_id": str(order.pk), "order_number": order.order_number}
            raise
        return ok(shown_placed(order, payment), "Rental order created successfully", status=201)

    @documented(
        "What a cart would cost, and whether it is free",
        envelope_of(QuoteSerializer, "Quote"),
        errors=(400, 401, 409, 413, 415, 429),
        request=CartSerializer,
        description="The same calculation as create_from_cart. Nothing is created or held.",
    )
    @action(detail=False, methods=["post"])
    def quote(self, request: Request) -> Response:
        cart = read_cart(request)
        preview = preview_cart(cart, timezone.now(), self.customer)
        return ok(QuoteSerializer(preview).data, "Quote calculated successfully")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """my_orders is answered from the cache before REST framework sets out, which would take
        most of the time; everything else takes its usual way."""
        if request.method == "GET" and self.action_map.get("get") == "my_orders":
            body = _remembered(request)
            if body is not None:
                return HttpResponse(body, content_type="application/json")
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        summary="The orders of the customer who asks",
        responses={
            200: RentalOrderListSerializer(many=True),
            **{status: ERRORS[status] for status in (400, 401, 404)},
        },
        filters=True,
    )
    @action(
        detail=False,
        methods=["get"],
        serializer_class=RentalOrderListSerializer,
        filter_backends=[DjangoFilterBackend],
        filterset_class=RentalOrderFilter,
        pagination_class=EnvelopePagination,
    )
    def my_orders(self, request: Request) -> HttpResponse:
        body = JSONRenderer().render(self._list(request)).decode()
        cache.set(_cache_key(request._request, self.customer), body)
        return HttpResponse(body, content_type="application/json")

    def _list(self, request: Request) -> dict[str, Any]:
        rows = (
            RentalOrder.objects.of_customer(self.customer)
            .select_related("customer")
            .annotate(due=F("rent_minor") + F("tax_minor") + F("fee_minor") + CHARGED_DEPOSIT)
            .annotate(items_count=Sum("items__quantity"))
        )
        found = RentalOrderFilter.found(rows, request)
        order = found.query.order_by or ("-created_at",)
        page = self.paginate_queryset(found.order_by(*order, "pk"))
        response = self.get_paginated_response(RentalOrderListSerializer(page, many=True).data)
        return cast(dict[str, Any], response.data)

    @documented(
        "One order with its lines, payments, refunds and timeline",
        envelope_of(RentalOrderDetailSerializer, "RentalOrder"),
        errors=(401, 404),
        description="Staff also get `attention`, `is_disputed` and `disputes`, as resync answers.",
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        rows, shape = self.get_queryset().with_details(), RentalOrderDetailSerializer
        if self.customer.is_staff:
            rows, shape = rows.with_staff_details(), StaffRentalOrderDetailSerializer
        order = get_object_or_404(rows, pk=pk)
        return ok(shape(order).data, "Order retrieved successfully")

    @documented(
        "What would come back if the order were cancelled now",
        envelope_of(CancellationQuoteSerializer, "CancellationQuote"),
        errors=(401, 404, 409),
        description="Exactly what cancel_order would do for whoever asks: how much, from which"
        " payment, and why. Nothing is changed.",
    )
    @action(detail=True, methods=["get"])
    def cancellation_quote(self, request: Request, pk: str) -> Response:
        quote = cancellation_quote(self.get_object(), Actor.of(self.customer), timezone.now())
        return ok(shown_quote(quote), "Cancellation quote calculated successfully")

    @documented(
        "Cancel an order before pickup",
        CANCELLED,
        errors=(400, 401, 404, 409, 413, 415, 422),
        request=CancelSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Frees the units, closes the checkout and gives back what the cancellation"
        " policy says; the deposit comes back whole. Staff may cancel any order, and then"
        " everything is given back.",
    )
    @action(detail=True, methods=["post"])
    def cancel_order(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        body = CancelSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        orders.cancel_order(
            order_id=order.pk,
            actor=Actor.of(self.customer),
            now=timezone.now(),
            reason=body.validated_data["reason"],
            request=identity_of(request),
        )
        return Response({"success": True, "message": "Order cancelled successfully"})

    @documented(
        "Note that nobody came for an order",
        envelope_of(StaffRentalOrderDetailSerializer, "NoShow"),
        errors=(400, 401, 403, 404, 409, 413, 415, 422),
        request=NothingSerializer,
        parameters=[IDEMPOTENCY_KEY],
        description="Staff only, for a confirmed order whose rental has begun. The units are free,"
        " the policy's last tier says what comes back of the rent, and the deposit comes back"
        " whole.",
    )
    @action(detail=True, methods=["post"], permission_classes=[IsStaff])
    def no_show(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        orders.note_no_show(
            order_id=order.pk,
            actor=Actor.of(self.customer),
            now=timezone.now(),
            request=identity_of(request),
        )
        return self.retrieve(request, pk)

    @documented(
        "Ask the payment service about an order now",
        envelope_of(StaffRentalOrderDetailSerializer, "ResyncedOrder"),
        errors=(400, 401, 403, 404, 409, 413, 415, 503),
        request=NothingSerializer,
        description="Staff only. Asks about all payments, refunds and disputes of the order,"
        " whatever their state, and settles the order by what is heard. Nobody needs to: it happens"
        " by itself, only later.",
    )
    @action(detail=True, methods=["post"], permission_classes=[IsStaff])
    def resync(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        resync_order(order_id=order.pk, actor=Actor.of(self.customer))
        return self.retrieve(request, pk)


def _remembered(request: HttpRequest) -> str | None:
    """The list as a bearer of a token got it before; None when that has to be made, or refused."""
    customer = bearer_of(request)
    if customer is None:
        return None
    request.user = customer
    body = cache.get(_cache_key(request, customer))
    return body if isinstance(body, str) else None  # what is not a string is junk (matrix row E05)


def _cache_key(request: HttpRequest, customer: User) -> str:
    # The version changes in the transaction of whoever changes one of the orders, so a stale list
    # is never found again (rule R18).
    query = request.META.get("QUERY_STRING", "")
    site = f"{request.scheme}:{request.get_host()}"  # the links to other pages begin with it
    return f"my_orders:{customer.pk}:{customer.cache_version}:{site}:{query}"


def shown_placed(order: RentalOrder, payment: Payment | None) -> dict[str, Any]:
    """An order and where it is paid."""
    return {
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "total_amount": str(to_decimal(order.due_minor, order.currency)),
        "currency": order.currency,
        "checkout_url": (payment and payment.checkout_url) or None,
        "session_id": (payment and payment.session_id) or None,
    }
