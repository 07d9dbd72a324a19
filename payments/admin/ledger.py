"""The books, to be looked at; nobody changes them by hand."""

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.decorators import action

from common.money import format_money
from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, money_column
from payments.models import LedgerEntry, LedgerTransaction
from payments.serializers import DaysSerializer
from payments.services import balances

AMOUNT = money_column("amount_minor", "amount", ordering="amount_minor")


class LedgerEntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ["account", AMOUNT]


def _balance(row: balances.CurrencyBalance) -> list[str]:
    clearing = [f"{a} {format_money(m, row.currency)}" for a, m in row.clearing_minor.items()]
    now = (row.deposits_held_minor, row.owed_by_customers_minor, row.owed_to_customers_minor)
    return [*(format_money(minor, row.currency) for minor in now), ", ".join(clearing)]


def _revenue(row: balances.DayRevenue) -> list[str]:
    earned = (row.rent_minor, row.fee_minor, row.damage_minor, row.conceded_minor)
    minors = (*earned, row.revenue_minor, row.tax_minor)
    return [row.day.isoformat(), *(format_money(minor, row.currency) for minor in minors)]


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ["posted_at", "order", "reference"]
    list_select_related = ["order"]
    date_hierarchy = "posted_at"
    search_fields = ["reference", "order__order_number"]
    fields = ["posted_at", "order", "reference"]
    inlines = [LedgerEntryInline]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["posted_at", "order", "reference", "account", AMOUNT]
    list_filter = ["account"]
    list_select_related = ["transaction__order"]
    date_hierarchy = "transaction__posted_at"
    search_fields = ["transaction__reference", "transaction__order__order_number"]
    fields = ["posted_at", "order", "reference", "account", AMOUNT]
    actions_list = ["summary"]

    @action(description="Summary", url_path="summary", permissions=["view"])  # type: ignore[untyped-decorator]
    def summary(self, request: HttpRequest) -> TemplateResponse:
        """Deposits held, debts and cash now, and revenue by day."""
        first, last = DaysSerializer(data={}).days(balances.shop_today())
        context = {
            **self.admin_site.each_context(request),
            "title": "What the books say",
            "opts": self.opts,
            "balances": [_balance(row) for row in balances.shop_balances()],
            "revenue": [_revenue(row) for row in reversed(balances.revenue_by_day(first, last))],
        }
        return TemplateResponse(request, "admin/payments/ledger_summary.html", context)

    @admin.display(description="posted at", ordering="transaction__posted_at")
    def posted_at(self, entry: LedgerEntry) -> object:
        return entry.transaction.posted_at

    @admin.display(description="order", ordering="transaction__order")
    def order(self, entry: LedgerEntry) -> object:
        return entry.transaction.order

    @admin.display(description="fact", ordering="transaction__reference")
    def reference(self, entry: LedgerEntry) -> str:
        return entry.transaction.reference
