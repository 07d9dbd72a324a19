"""The staff's pages for orders and money: rows to look at, and actions that call services."""

from payments.admin import (
    changes,
    coupons,
    deposits,
    disputes,
    documents,
    gateways,
    holds,
    ledger,
    messages,
    movements,
    orders,
    payments,
    quotes,
    reconciliation,
    records,
    units,
)

__all__ = [
    "changes",
    "coupons",
    "deposits",
    "disputes",
    "documents",
    "gateways",
    "holds",
    "ledger",
    "messages",
    "movements",
    "orders",
    "payments",
    "quotes",
    "reconciliation",
    "records",
    "units",
]
