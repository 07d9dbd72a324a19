"""The books, to be looked at; nobody changes them by hand."""

from django.contrib import admin

from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline, money_column
from payments.models import LedgerEntry, LedgerTransaction

AMOUNT = money_column("amount_minor", "amount", ordering="amount_minor")


class LedgerEntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ["account", AMOUNT]


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

    @admin.display(description="posted at", ordering="transaction__posted_at")
    def posted_at(self, entry: LedgerEntry) -> object:
        return entry.transaction.posted_at

    @admin.display(description="order", ordering="transaction__order")
    def order(self, entry: LedgerEntry) -> object:
        return entry.transaction.order

    @admin.display(description="fact", ordering="transaction__reference")
    def reference(self, entry: LedgerEntry) -> str:
        return entry.transaction.reference
