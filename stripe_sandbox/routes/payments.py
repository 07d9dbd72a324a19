"""The endpoints of payments: PaymentIntents, Charges, Refunds and Disputes."""

from __future__ import annotations

from ..accepted.common import ANY, METADATA_ONLY, NOTHING, TEXT, accepts, dated, found_by_query
from ..accepted.disputes import UPDATE as DISPUTE_UPDATE
from ..accepted.payment_intents import (
    CANCEL_REASON,
    INTENT,
    INTENT_CAPTURE,
    INTENT_CONFIRM,
    INTENT_CREATE,
    INTENT_INCREMENT,
)
from ..accepted.refunds import REFUND
from ..params import Metadata
from ..resources import charges, disputes, holds, payment_intents, refunds
from ..router import Route

INTENTS = "/v1/payment_intents"

ROUTES = (
    Route("POST", INTENTS, payment_intents.create, INTENT_CREATE),
    Route("GET", INTENTS, payment_intents.list_all, dated(customer=TEXT)),
    Route("GET", INTENTS + "/search", payment_intents.search_all, found_by_query()),
    Route("GET", INTENTS + "/{id}", payment_intents.retrieve, accepts({"client_secret": ANY})),
    Route("POST", INTENTS + "/{id}", payment_intents.update, accepts(INTENT)),
    Route("POST", INTENTS + "/{id}/confirm", payment_intents.confirm, INTENT_CONFIRM),
    Route("POST", INTENTS + "/{id}/capture", holds.capture, INTENT_CAPTURE),
    Route("POST", INTENTS + "/{id}/increment_authorization", holds.increment, INTENT_INCREMENT),
    Route(
        "POST",
        INTENTS + "/{id}/cancel",
        payment_intents.cancel,
        accepts({"cancellation_reason": CANCEL_REASON}),
    ),
    Route("GET", "/v1/charges/search", charges.search_all, found_by_query()),
    Route("GET", "/v1/charges/{id}", charges.retrieve, NOTHING),
    Route(
        "POST",
        "/v1/charges/{id}",
        charges.update,
        accepts({"description": TEXT, "metadata": Metadata()}),
    ),
    Route(
        "GET",
        "/v1/charges",
        charges.list_all,
        dated(customer=TEXT, payment_intent=TEXT, transfer_group=TEXT),
    ),
    Route("POST", "/v1/refunds", refunds.create, REFUND),
    Route("GET", "/v1/refunds", refunds.list_all, dated(charge=TEXT, payment_intent=TEXT)),
    Route("GET", "/v1/refunds/{id}", refunds.retrieve, NOTHING),
    Route("POST", "/v1/refunds/{id}", refunds.update, METADATA_ONLY),
    Route("POST", "/v1/refunds/{id}/cancel", refunds.cancel, NOTHING),
    Route("GET", "/v1/disputes", disputes.list_all, dated(charge=TEXT, payment_intent=TEXT)),
    Route("GET", "/v1/disputes/{id}", disputes.retrieve, NOTHING),
    Route("POST", "/v1/disputes/{id}", disputes.update, DISPUTE_UPDATE),
    Route("POST", "/v1/disputes/{id}/close", disputes.close, NOTHING),
)
