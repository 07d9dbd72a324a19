"""The endpoints of the account: its books, its events and who hears of them."""

from __future__ import annotations

from ..accepted import webhook_endpoints as endpoint_params
from ..accepted.common import NOTHING, TEXT, accepts, dated
from ..lists import PAGE_PARAMS
from ..params import Boolean, ListOf
from ..resources import accounts, balance, balance_transactions, events, webhook_endpoints
from ..router import Route

ENDPOINTS = "/v1/webhook_endpoints"

ROUTES = (
    Route("GET", "/v1/account", accounts.retrieve_own, NOTHING),
    Route("GET", "/v1/accounts", accounts.list_all, dated()),
    Route("GET", "/v1/accounts/{id}", accounts.retrieve, NOTHING),
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
    Route("POST", ENDPOINTS, webhook_endpoints.create, endpoint_params.CREATE),
    Route("GET", ENDPOINTS, webhook_endpoints.list_all, accepts(PAGE_PARAMS)),
    Route("GET", ENDPOINTS + "/{id}", webhook_endpoints.retrieve, NOTHING),
    Route("POST", ENDPOINTS + "/{id}", webhook_endpoints.update, endpoint_params.UPDATE),
    Route("DELETE", ENDPOINTS + "/{id}", webhook_endpoints.delete, NOTHING),
)
