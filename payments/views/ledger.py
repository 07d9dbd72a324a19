"""/payments/ledger/: the books, for staff; pages of JSON, or all of it as CSV."""

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.permissions import IsStaff
from common.api.envelope import ERRORS, documented, envelope_of, ok
from common.money import to_decimal
from common.spreadsheets import csv_lines
from payments.filters import LedgerFilter
from payments.models import LedgerEntry
from payments.serializers import DaysSerializer, LedgerEntrySerializer, LedgerSummarySerializer
from payments.services import balances

COLUMNS = ("posted_at", "order_number", "reference", "account", "amount", "currency")


@extend_schema_view(
    list=extend_schema(
        summary="Entries of the ledger, newest first",
        description="Debits are positive, credits negative; docs/money.md explains the accounts.",
        responses={
            200: LedgerEntrySerializer(many=True),
            **{status: ERRORS[status] for status in (400, 401, 403, 404)},
        },
    )
)
class LedgerViewSet(ListModelMixin, GenericViewSet[LedgerEntry]):
    """Everything that was posted. Nobody can change it."""

    queryset = LedgerEntry.objects.select_related("transaction__order").order_by("-id")
    serializer_class = LedgerEntrySerializer
    permission_classes = [IsStaff]
    filter_backends = [DjangoFilterBackend]
    filterset_class = LedgerFilter
    list_message: ClassVar[str] = "Ledger entries retrieved successfully"

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return LedgerFilter.found(queryset, self.request)

    @documented(
        "What the books say: deposits held, debts and cash now, and revenue by day",
        envelope_of(LedgerSummarySerializer, "LedgerSummary"),
        errors=(400, 401, 403),
        parameters=[
            OpenApiParameter("from", date, description="First day; 29 days before the last."),
            OpenApiParameter("to", date, description="Last day, included; today."),
        ],
        description="Days are those of the shop's calendar; at most 366 of them.",
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def summary(self, request: Request) -> Response:
        query = DaysSerializer(data=request.query_params.dict())
        first, last = query.days(balances.shop_today())
        found = {
            "as_of": timezone.now(),
            "balances": balances.shop_balances(),
            "first_day": first,
            "last_day": last,
            "revenue": balances.revenue_by_day(first, last),
        }
        return ok(LedgerSummarySerializer(found).data, "Ledger summary retrieved successfully")

    @extend_schema(
        summary="The ledger as CSV, oldest first",
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description="CSV with a header."),
            **{status: ERRORS[status] for status in (400, 401, 403)},
        },
        filters=True,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        entries = self.filter_queryset(self.get_queryset()).order_by("id")
        return StreamingHttpResponse(
            csv_lines(_rows(entries)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="ledger.csv"'},
        )


def _rows(entries: QuerySet[LedgerEntry]) -> Iterator[tuple[Any, ...]]:
    yield COLUMNS
    for entry in entries.iterator(chunk_size=1000):
        fact = entry.transaction
        yield (
            fact.posted_at.isoformat(),
            fact.order.order_number,
            fact.reference,
            entry.account,
            to_decimal(entry.amount_minor, entry.currency),
            entry.currency,
        )
