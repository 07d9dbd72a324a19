"""The endpoints of subscriptions and subscription items."""

from __future__ import annotations

from ..accepted.common import NOTHING, TEXT, accepts, dated
from ..accepted.invoices import COLLECTION
from ..accepted.subscriptions import (
    ITEM_CREATE,
    ITEM_DELETE,
    ITEM_UPDATE,
    SUBSCRIPTION_CANCEL,
    SUBSCRIPTION_CREATE,
    SUBSCRIPTION_PAUSE,
    SUBSCRIPTION_RESUME,
    SUBSCRIPTION_UPDATE,
)
from ..lists import PAGE_PARAMS
from ..params import Choice
from ..resources import subscription_items, subscriptions
from ..router import Route

SUBSCRIPTIONS = "/v1/subscriptions"
ITEMS = "/v1/subscription_items"
STATUS = Choice(
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)

ROUTES = (
    Route("POST", SUBSCRIPTIONS, subscriptions.create, SUBSCRIPTION_CREATE),
    Route(
        "GET",
        SUBSCRIPTIONS,
        subscriptions.list_all,
        dated(
            collection_method=COLLECTION,
            customer=TEXT,
            price=TEXT,
            status=STATUS,
            test_clock=TEXT,
        ),
    ),
    Route("GET", SUBSCRIPTIONS + "/{id}", subscriptions.retrieve, NOTHING),
    Route("POST", SUBSCRIPTIONS + "/{id}", subscriptions.update, SUBSCRIPTION_UPDATE),
    Route("DELETE", SUBSCRIPTIONS + "/{id}", subscriptions.cancel, SUBSCRIPTION_CANCEL),
    Route("POST", SUBSCRIPTIONS + "/{id}/pause", subscriptions.pause, SUBSCRIPTION_PAUSE),
    Route("POST", SUBSCRIPTIONS + "/{id}/resume", subscriptions.resume, SUBSCRIPTION_RESUME),
    Route("POST", ITEMS, subscription_items.create, ITEM_CREATE),
    Route(
        "GET",
        ITEMS,
        subscription_items.list_all,
        accepts({**PAGE_PARAMS, "subscription": TEXT}, "subscription"),
    ),
    Route("GET", ITEMS + "/{id}", subscription_items.retrieve, NOTHING),
    Route("POST", ITEMS + "/{id}", subscription_items.update, ITEM_UPDATE),
    Route("DELETE", ITEMS + "/{id}", subscription_items.delete, ITEM_DELETE),
)
