"""When the shop is open, as staff entered it. Never cached by time: a change holds at once."""

import json
from datetime import date, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from common.prepared import fetch
from payments.domain.opening import Closure, Hours, Opening

# As text, and only what is not over: an expression that a hot statement has among its columns.
OPENING: Final = """
(SELECT json_build_array(
    (SELECT coalesce(json_agg(json_build_array(weekday, opens_at, closes_at)), '[]')
     FROM catalog_openinghours),
    (SELECT coalesce(json_agg(json_build_array(first_on, last_on, reason)), '[]')
     FROM catalog_closedday WHERE last_on >= current_date - 1)
)::text)
"""


def shop_opening() -> Opening:
    """The shop's hours, and its closed days that are not over; one query."""
    [(text,)] = fetch(f"SELECT {OPENING}")
    return opening_of(text)


def opening_of(text: str) -> Opening:
    """What the column `OPENING` says."""
    return _read(text, settings.SHOP_TIME_ZONE)


@lru_cache(maxsize=4)
def _read(text: str, zone: str) -> Opening:
    hours, closures = json.loads(text)
    return Opening(
        hours=tuple(
            Hours(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in hours
        ),
        closures=tuple(
            Closure(date.fromisoformat(first), date.fromisoformat(last), reason)
            for first, last, reason in closures
        ),
        zone=ZoneInfo(zone),
    )
