"""Lists and their pages, newest first (stripe.md, "Transport")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from .params import Bounds, Integer, Param, Text
from .store import Collection, Obj

#: What every list takes.
PAGE_PARAMS: dict[str, Param] = {
    "limit": Integer(minimum=1, maximum=100),
    "starting_after": Text(),
    "ending_before": Text(),
}
#: What lists of objects with a date take besides.
DATED_PARAMS: dict[str, Param] = {**PAGE_PARAMS, "created": Bounds()}

_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def envelope(data: list[Obj], url: str, has_more: bool = False) -> Obj:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def page(collection: Collection, url: str, params: dict[str, Any], *filters: str) -> Obj:
    """One page of a collection; ``filters`` are params that must equal the field of that name."""
    wanted = {name: params[name] for name in filters if name in params}

    def matches(obj: Obj) -> bool:
        return all(obj[name] == value for name, value in wanted.items())

    return cut(collection, url, params, matches)


def cut(
    collection: Collection, url: str, params: dict[str, Any], wanted: Callable[[Obj], bool]
) -> Obj:
    """The page that ``params`` ask for, of the objects that are ``wanted``."""
    limit = params.get("limit", 10)
    in_time = within(params.get("created", {}))
    objects: Iterable[Obj] = (
        obj for obj in collection.newest_first() if in_time(obj) and wanted(obj)
    )
    if "ending_before" in params:
        anchor = _place(collection, params, "ending_before")
        newer = [obj for obj in objects if collection.number(obj["id"]) > anchor]
        return envelope(newer[-limit:], url, len(newer) > limit)
    if "starting_after" in params:
        after = _place(collection, params, "starting_after")
        objects = (obj for obj in objects if collection.number(obj["id"]) < after)
    found = list(islice(objects, limit + 1))
    return envelope(found[:limit], url, len(found) > limit)


def _place(collection: Collection, params: dict[str, Any], anchor: str) -> int:
    return collection.number(collection.get(params[anchor], anchor)["id"])


def within(bounds: dict[str, int], field: str = "created") -> Callable[[Obj], bool]:
    """Tells whether an object's date lies within ``bounds``."""
    return lambda obj: all(_BOUNDS[bound](obj[field], at) for bound, at in bounds.items())
