"""The endpoints of SetupIntents: cards kept for later."""

from __future__ import annotations

from ..accepted import setup_intents as accepted
from ..accepted.common import ANY, accepts
from ..resources import setup_attempts, setup_intents
from ..router import Route

SETUPS = "/v1/setup_intents"

ROUTES = (
    Route("POST", SETUPS, setup_intents.create, accepted.CREATE),
    Route("GET", SETUPS, setup_intents.list_all, accepted.LIST),
    Route("GET", SETUPS + "/{id}", setup_intents.retrieve, accepts({"client_secret": ANY})),
    Route("POST", SETUPS + "/{id}", setup_intents.update, accepted.UPDATE),
    Route("POST", SETUPS + "/{id}/confirm", setup_intents.confirm, accepted.CONFIRM),
    Route("POST", SETUPS + "/{id}/cancel", setup_intents.cancel, accepted.CANCEL),
    Route("GET", "/v1/setup_attempts", setup_attempts.list_all, accepted.ATTEMPTS),
)
