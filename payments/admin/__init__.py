"""The staff's pages for orders and money: rows to look at, and actions that call services."""

from payments.admin import (
    changes,
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
