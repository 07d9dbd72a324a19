"""Addresses that exist in these tests only."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, OperationalError, connection
from django.http import Http404
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import errors
from common.api.envelope import ok
from common.api.pagination import EnvelopePagination
from common.api.serializers import StrictIntegerField, StrictSerializer

FAILURES: dict[str, Callable[[], Exception]] = {
    "invalid": lambda: errors.InvalidInput("Too many lines.", errors={"lines": ["Too many."]}),
    "not-permitted": errors.NotPermitted,
    "not-found": errors.NotFound,
    "conflict": errors.Conflict,
    "declined": errors.PaymentDeclined,
    "key-reused": errors.KeyReused,
    "too-many": lambda: errors.TooManyRequests(retry_after=17),
    "unavailable": errors.Unavailable,
    "plain-kind": errors.RentwellError,
    "subkind": lambda: type("OutOfStock", (errors.Conflict,), {"code": "out_of_stock"})("Gone."),
    "http404": Http404,
    "denied": PermissionDenied,
    "throttled": lambda: drf.Throttled(wait=3),
    "login": drf.NotAuthenticated,
    "big": RequestDataTooBig,
    "suspicious": SuspiciousOperation,
    "operational": lambda: OperationalError("server closed the connection"),
    "integrity": lambda: IntegrityError("Key (email)=(canary@example.com) already exists"),
    "bug": lambda: ZeroDivisionError("canary-detail"),
}


class Fail(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request, kind: str) -> Response:
        raise FAILURES[kind]()


class LineSerializer(StrictSerializer):
    quantity = StrictIntegerField(min_value=1, max_value=100)


class CartSerializer(StrictSerializer):
    cart_items = LineSerializer(many=True)
    note = serializers.CharField(required=False)


class Echo(APIView):
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        serializer = CartSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return ok(serializer.validated_data, "Echoed", status=201, headers={"X-Echo": "yes"})


class Rows(APIView):
    permission_classes = (AllowAny,)
    list_message = "Numbers retrieved successfully"

    def get(self, request: Request) -> Response:
        paginator: BasePagination = EnvelopePagination()
        rows: Any = paginator.paginate_queryset(range(45), request, self)
        return paginator.get_paginated_response(list(rows))


class Sleep(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s), 'canary'", [0.05])
            cursor.execute("SELECT 1")
        return ok(None, "Slept")


class Locked(APIView):
    """Waits for a lock that the test holds, for the 50 ms that it may."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            try:
                cursor.execute("SELECT pg_advisory_lock(4711)")
            finally:
                cursor.execute("RESET lock_timeout")
        return ok(None, "Locked")


urlpatterns = [
    path("payments/fail/<str:kind>/", Fail.as_view()),
    path("payments/echo/", Echo.as_view()),
    path("payments/rows/", Rows.as_view()),
    path("payments/sleep/", Sleep.as_view()),
    path("payments/locked/", Locked.as_view()),
]

handler400 = "common.api.exceptions.handler400"
handler403 = "common.api.exceptions.handler403"
handler404 = "common.api.exceptions.handler404"
handler500 = "common.api.exceptions.handler500"
