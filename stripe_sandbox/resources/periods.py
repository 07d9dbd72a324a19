"""Billing periods: boundaries at an anchor's day and time, one interval after the other (UTC)."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

from ..store import Obj

DAY = 24 * 3600


def boundary(anchor: int, recurring: Obj, number: int) -> int:
    """The ``number``-th boundary after (or, if negative, before) ``anchor``.

    A month that lacks the anchor's day ends the period on its last day; later ones do not.
    """
    count: int = recurring["interval_count"] * number
    match recurring["interval"]:
        case "day":
            return anchor + count * DAY
        case "week":
            return anchor + count * 7 * DAY
        case "month":
            return _months_later(anchor, count)
        case _:
            return _months_later(anchor, 12 * count)


def _months_later(anchor: int, months: int) -> int:
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def end_of(anchor: int, recurring: Obj, start: int) -> int:
    """Where the period ends that begins at ``start``: the first boundary after it."""
    # An interval is at least this long, so the estimate never overshoots.
    longest = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "year": 366 * DAY}
    span = longest[recurring["interval"]] * recurring["interval_count"]
    number = max(1, (start - anchor) // span)
    while (end := boundary(anchor, recurring, number)) <= start:
        number += 1
    return end
