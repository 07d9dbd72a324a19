"""The endpoints of Stripe Checkout."""

from __future__ import annotations

from ..accepted.checkout_sessions import SESSION
from ..accepted.common import METADATA_ONLY, NOTHING, TEXT, accepts, dated
from ..lists import PAGE_PARAMS
from ..params import Choice, Integer
from ..resources import checkout_sessions, payment_pages
from ..router import Route

SESSIONS = "/v1/checkout/sessions"
#: What Stripe's own page calls; documented nowhere, but used by Stripe's CLI.
PAYMENT_PAGES = "/v1/payment_pages/{id}"

ROUTES = (
    Route("POST", SESSIONS, checkout_sessions.create, SESSION),
    Route(
        "GET",
        SESSIONS,
        checkout_sessions.list_all,
        dated(
            customer=TEXT,
            payment_intent=TEXT,
            subscription=TEXT,
            status=Choice("complete", "expired", "open"),
        ),
    ),
    Route("GET", SESSIONS + "/{id}", checkout_sessions.retrieve, NOTHING),
    Route("POST", SESSIONS + "/{id}", checkout_sessions.update, METADATA_ONLY),
    Route("POST", SESSIONS + "/{id}/expire", checkout_sessions.expire, NOTHING),
    Route(
        "GET",
        SESSIONS + "/{id}/line_items",
        checkout_sessions.list_line_items,
        accepts(PAGE_PARAMS),
    ),
    Route("GET", PAYMENT_PAGES, payment_pages.retrieve, NOTHING),
    Route(
        "POST",
        PAYMENT_PAGES + "/confirm",
        payment_pages.confirm,
        accepts({"expected_amount": Integer(), "payment_method": TEXT}, "payment_method"),
    ),
)
