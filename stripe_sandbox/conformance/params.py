"""Form parameters against their description, as ``forms.decode`` reads them: all text is string."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .description import Description, Type
from .violation import Check, Violation, item, member

_INTEGER = re.compile(r"-?\d+\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Params:
    """Checks parameters."""

    known: Description

    def check(self, value: Any, kind: Type, place: str = "") -> list[Violation]:
        """Everything about ``value`` that is not as ``kind`` describes."""
        kind = self.known.resolve(kind)
        if isinstance(kind, list):
            return min((self.check(value, one, place) for one in kind), key=len)
        if isinstance(kind, str):
            return [] if _fits(value, kind) else [_mismatch(value, kind, place)]
        checks: dict[str, Check] = {
            "enum": self._enum,
            "fields": self._fields,
            "list": self._list,
            "map": self._map,
        }
        ((form, inner),) = kind.items()
        return list(checks[form](value, inner, place))

    def _enum(self, value: Any, values: list[Any], place: str) -> Iterator[Violation]:
        if not isinstance(value, str):
            yield _mismatch(value, "word", place)
        elif value not in [_written(one) for one in values]:
            yield Violation(place, f"{value!r} is none of the {len(values)} values there are")

    def _list(self, value: Any, kind: Type, place: str) -> Iterator[Violation]:
        if not isinstance(value, dict) or not all(index.isdecimal() for index in value):
            yield _mismatch(value, "list", place)
            return
        for one in value.values():
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
        for name in sorted(required - value.keys()):
            yield Violation(member(place, name), "is missing")
        for name, one in value.items():
            kind = fields.get(name, fields.get(f"{name}?"))
            if kind is None:
                yield Violation(member(place, name), "is unknown")
            else:
                yield from self.check(one, kind, member(place, name))


def _written(value: Any) -> str:
    """An enum's value as a form has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fits(value: Any, kind: str) -> bool:
    if kind == "any":
        return True
    if not isinstance(value, str):
        return False
    if kind == "null":
        return value == ""
    if kind == "boolean":
        return value in ("true", "false")
    if kind == "integer":
        return bool(_INTEGER.match(value))
    if kind in ("number", "decimal"):
        return bool(_NUMBER.match(value))
    return value != ""


def _mismatch(value: Any, wanted: str, place: str) -> Violation:
    if value == "":
        return Violation(place, "is empty, which does not clear it")
    given = "a hash" if isinstance(value, dict) else repr(value)
    return Violation(place, f"is {given[:60]}, not the {wanted} it should be")
