"""The catalog's public API. Anyone may read it, and everyone reads the same."""

from typing import Any

from django.conf import settings
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.filters import ProductFilter
from catalog.models import Category, ClosedDay, OpeningHours, Product
from catalog.serializers import CategorySerializer, OpeningSerializer, ProductSerializer
from common.api.envelope import documented, envelope_of, ok


class PublicView(APIView):
    """Open to all. No token is looked at, so an expired one does not close the shop window."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class ProductListView(PublicView, ListAPIView[Product]):
    queryset = Product.objects.active().with_prices()
    serializer_class = ProductSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ProductFilter
    list_message = "Products retrieved successfully"

    @documented(
        "List products",
        ProductSerializer(many=True),
        errors=(400, 404),
        description="All products for rent, by name unless `ordering` says otherwise. Ask"
        " `/catalog/products/{id}/availability/` how many units are free in a period.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class ProductDetailView(PublicView, RetrieveAPIView[Product]):
    queryset = Product.objects.active().with_prices()
    serializer_class = ProductSerializer
    lookup_url_kwarg = "product_id"

    @documented(
        "Get a product",
        envelope_of(ProductSerializer, "Product"),
        errors=(404,),
        description="A product that is no longer for rent is a 404, like one that never was.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return ok(self.get_serializer(self.get_object()).data, "Product retrieved successfully")


class CategoryListView(PublicView, ListAPIView[Category]):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filter_backends = []
    list_message = "Categories retrieved successfully"

    @documented(
        "List categories",
        CategorySerializer(many=True),
        errors=(400, 404),
        description="The shelves of the shop, in the order in which the shop wants them shown.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class OpeningHoursView(PublicView):
    @documented(
        "Get the opening hours",
        envelope_of(OpeningSerializer, "Opening"),
        description="Pickup and return must fall into these hours, on days that are not closed. A"
        " rental may run over closed days.",
    )
    def get(self, request: Request) -> Response:
        opening = {
            "time_zone": settings.SHOP_TIME_ZONE,
            "hours": OpeningHours.objects.all(),
            "closed_days": ClosedDay.objects.ahead(),
        }
        return ok(OpeningSerializer(opening).data, "Opening hours retrieved successfully")
