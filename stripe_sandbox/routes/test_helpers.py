"""The endpoints of test clocks."""

from __future__ import annotations

from ..accepted.common import LATER, NOTHING, accepts
from ..lists import PAGE_PARAMS
from ..params import Integer, Text
from ..resources import test_clocks
from ..router import Route

CLOCKS = "/v1/test_helpers/test_clocks"
TIME = Integer(minimum=0, maximum=4_000_000_000)

ROUTES = (
    Route(
        "POST",
        CLOCKS,
        test_clocks.create,
        accepts({"customer": LATER, "frozen_time": TIME, "name": Text(limit=300)}, "frozen_time"),
    ),
    Route("GET", CLOCKS, test_clocks.list_all, accepts(PAGE_PARAMS)),
    Route("GET", CLOCKS + "/{id}", test_clocks.retrieve, NOTHING),
    Route("DELETE", CLOCKS + "/{id}", test_clocks.delete, NOTHING),
    Route(
        "POST",
        CLOCKS + "/{id}/advance",
        test_clocks.advance,
        accepts({"frozen_time": TIME}, "frozen_time"),
    ),
)
