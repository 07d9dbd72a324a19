"""The endpoints of the account's own books."""

from __future__ import annotations

from ..accepted.common import NOTHING, TEXT, dated
from ..params import Boolean, ListOf
from ..resources import balance, balance_transactions, events
from ..router import Route

ROUTES = (
    Route("GET", "/v1/balance", balance.retrieve, NOTHING),
    Route("GET", "/v1/balance_transactions/{id}", balance_transactions.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/balance_transactions",
        balance_transactions.list_all,
        dated(currency=TEXT, payout=TEXT, source=TEXT, type=TEXT),
    ),
    Route("GET", "/v1/events/{id}", events.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/events",
        events.list_all,
        dated(type=TEXT, types=ListOf(TEXT), delivery_success=Boolean()),
    ),
)
