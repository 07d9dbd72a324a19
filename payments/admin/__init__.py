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
    orders,
    payments,
    reconciliation,
    records,
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
    "orders",
    "payments",
    "reconciliation",
    "records",
]
