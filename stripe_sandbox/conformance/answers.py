"""JSON values against their description."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .description import Description, Type
from .violation import Check, Violation, item, member

_DECIMAL = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Answers:
    """Checks values. ``partial`` ones may lack fields at any depth, as previous attributes do."""

    known: Description
    partial: bool = False

    def check(self, value: Any, kind: Type, place: str = "") -> list[Violation]:
        """Everything about ``value`` that is not as ``kind`` describes."""
        kind = self.known.resolve(kind)
        if isinstance(kind, list):
            return self._one_of(value, kind, place)
        if isinstance(kind, str):
            return list(self._plain(value, kind, place))
        checks: dict[str, Check] = {
            "enum": self._enum,
            "fields": self._fields,
            "list": self._list,
            "map": self._map,
            "page": self._page,
            "partial": self._partial,
            "search": self._search,
        }
        ((form, inner),) = kind.items()
        return list(checks[form](value, inner, place))

    def _one_of(self, value: Any, kinds: list[Type], place: str) -> list[Violation]:
        """The findings for the type that ``value`` is meant to have: the one it fits best."""
        if value is None:
            return [] if "null" in kinds else [Violation(place, "is null, which it never is")]
        candidates = [kind for kind in kinds if kind != "null"]
        named = [kind for kind in candidates if self._bears_name(value, kind)]
        found = [self.check(value, kind, place) for kind in named or candidates]
        return min(found, key=len)

    def _bears_name(self, value: Any, kind: Type) -> bool:
        """Does ``object`` say that the value is of this kind?"""
        kind = self.known.resolve(kind)
        if not isinstance(value, dict) or not isinstance(kind, dict) or "fields" not in kind:
            return False
        name, gone = kind["fields"].get("object"), "deleted" in kind["fields"]
        said = name is not None and value.get("object") in name["enum"]
        return said and gone == bool(value.get("deleted"))

    def _plain(self, value: Any, kind: str, place: str) -> Iterator[Violation]:
        if kind == "event":
            yield from self._event(value, place)
        elif not _PLAIN[kind](value):
            yield _mismatch(value, kind, place)

    def _enum(self, value: Any, values: list[Any], place: str) -> Iterator[Violation]:
        if value is None or isinstance(value, dict | list):
            yield _mismatch(value, "one word of several", place)
        elif value not in values:
            yield Violation(place, f"{value!r} is none of the {len(values)} values there are")

    def _list(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        if not isinstance(value, list):
            yield _mismatch(value, "list", place)
            return
        for one in value:
            yield from self.check(one, kind, item(place))

    def _map(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield _mismatch(value, "hash", place)
            return
        for name, one in value.items():
            yield from self.check(one, kind, member(place, name))

    def _fields(self, value: Any, fields: dict[str, Type], place: str) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield _mismatch(value, "hash", place)
            return
        required = {name for name in fields if not name.endswith("?")}
        if not self.partial:
            for name in sorted(required - value.keys()):
                yield Violation(member(place, name), "is missing")
        for name, one in value.items():
            if name in required:
                yield from self.check(one, fields[name], member(place, name))
            elif f"{name}?" in fields:
                if one is None and self.partial:
                    continue  # it was not there before
                yield from self.check(one, fields[f"{name}?"], member(place, name))
            else:
                yield Violation(member(place, name), "is unknown")

    def _page(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        yield from self._fields(value, _page_of("list", kind), place)

    def _search(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        more = {"next_page": ["string", "null"], "total_count?": "integer"}
        yield from self._fields(value, _page_of("search_result", kind) | more, place)

    def _partial(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        yield from Answers(self.known, partial=True).check(value, kind, place)

    def _event(self, value: Any, place: str) -> Iterator[Violation]:
        subject = self.known.events.get(value.get("type", "")) if isinstance(value, dict) else None
        if subject is None:
            yield Violation(place, "is no event of a known type")
        else:
            yield from self._fields(value, _event_about(subject), place)


def _page_of(name: str, kind: Type) -> dict[str, Type]:
    return {
        "object": {"enum": [name]},
        "data": {"list": kind},
        "has_more": "boolean",
        "url": "string",
    }


def _event_about(subject: Type) -> dict[str, Type]:
    """The fields of an event, of which the SDK declares one interface for each type."""
    origin = {"id": ["string", "null"], "idempotency_key": ["string", "null"]}
    data = {"object": subject, "previous_attributes?": {"partial": subject}}
    return {
        "id": "string",
        "object": {"enum": ["event"]},
        "account?": "string",
        "api_version": ["string", "null"],
        "context?": "string",
        "created": "integer",
        "data": {"fields": data},
        "livemode": "boolean",
        "pending_webhooks": "integer",
        "request": [{"fields": origin}, "null"],
        "type": "string",
    }


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_PLAIN: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "boolean": lambda value: isinstance(value, bool),
    "decimal": lambda value: isinstance(value, str) and bool(_DECIMAL.match(value)),
    "null": lambda value: value is None,
    "integer": _is_integer,
    "number": lambda value: _is_integer(value) or isinstance(value, float),
    "string": lambda value: isinstance(value, str),
}
_JSON_TYPES = {
    bool: "boolean",
    dict: "hash",
    float: "fraction",
    int: "number",
    list: "list",
    str: "string",
}


def _mismatch(value: Any, wanted: str, place: str) -> Violation:
    if value is None:
        return Violation(place, "is null, which it never is")
    return Violation(place, f"is a {_JSON_TYPES[type(value)]}, not the {wanted} it should be")
