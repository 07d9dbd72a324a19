"""The endpoints of Payouts."""

from __future__ import annotations

from ..accepted import payouts as accepted
from ..accepted.common import METADATA_ONLY, NOTHING
from ..resources import payouts
from ..router import Route

PAYOUTS = "/v1/payouts"

ROUTES = (
    Route("POST", PAYOUTS, payouts.create, accepted.CREATE),
    Route("GET", PAYOUTS, payouts.list_all, accepted.LIST),
    Route("GET", PAYOUTS + "/{id}", payouts.retrieve, NOTHING),
    Route("POST", PAYOUTS + "/{id}", payouts.update, METADATA_ONLY),
    Route("POST", PAYOUTS + "/{id}/cancel", payouts.cancel, NOTHING),
    Route("POST", PAYOUTS + "/{id}/reverse", payouts.reverse, METADATA_ONLY),
)
