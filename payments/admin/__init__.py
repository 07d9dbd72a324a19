"""The staff's pages for orders and money: rows to look at, and actions that call services."""

from payments.admin import (
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
