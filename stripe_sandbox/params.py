"""What an endpoint accepts: small descriptions that check and convert decoded parameters.

Each description has ``read(value, name)``: it returns the converted value or raises
``InvalidParamsError`` with the code Stripe uses (stripe.md, "Transport").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from .errors import InvalidParamsError, parameter_missing

_INDEX = re.compile(r"\d{1,5}\Z", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}\Z", re.ASCII)


class Param(Protocol):
    """One accepted parameter."""

    def read(self, value: Any, name: str) -> Any:
        """Convert ``value``, sent under ``name``, or raise ``InvalidParamsError``."""


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidParamsError("Invalid string: expected a string, got a hash", param=name)
    return value


def _filled(value: Any, name: str) -> str:
    text = _text(value, name)
    if not text:
        raise InvalidParamsError(
            f"You passed an empty string for '{name}'. Leave '{name}' out of your request or "
            "supply a non-empty value.",
            code="parameter_invalid_empty",
            param=name,
        )
    return text


@dataclass(frozen=True)
class Text:
    """A string; ``clearable`` ones may be sent empty, which means null."""

    limit: int = 5000
    clearable: bool = False

    def read(self, value: Any, name: str) -> str | None:
        """Return the string, or ``None`` where it was cleared."""
        if self.clearable and value == "":
            return None
        text = _filled(value, name)
        if len(text) > self.limit:
            raise InvalidParamsError(
                f"Invalid string: {text[:20]}…; must be at most {self.limit} characters",
                code="parameter_invalid_string",
                param=name,
            )
        if "\x00" in text:
            raise InvalidParamsError("Invalid string: NUL is not allowed", param=name)
        return text


@dataclass(frozen=True)
class Url:
    """An absolute http(s) address."""

    def read(self, value: Any, name: str) -> str:
        """Return the address as it was sent."""
        text = _filled(value, name)
        try:
            parts = urlsplit(text)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            valid = False
        if not valid or len(text) > 5000 or any(ord(c) <= 32 for c in text):
            raise InvalidParamsError(
                "Not a valid URL: it must be absolute and start with http:// or https://",
                code="url_invalid",
                param=name,
            )
        return text


@dataclass(frozen=True)
class Integer:
    """A whole number written in ASCII digits."""

    minimum: int | None = None
    maximum: int | None = None

    def read(self, value: Any, name: str) -> int:
        """Return the number."""
        text = _filled(value, name)
        if not _INTEGER.match(text):
            raise InvalidParamsError(
                f"Invalid integer: {text[:100]}", code="parameter_invalid_integer", param=name
            )
        number = int(text)
        if self.minimum is not None and number < self.minimum:
            raise InvalidParamsError(
                f"This value must be greater than or equal to {self.minimum}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if self.maximum is not None and number > self.maximum:
            raise InvalidParamsError(
                f"This value must be less than or equal to {self.maximum}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number


@dataclass(frozen=True)
class Boolean:
    """``true`` or ``false``."""

    def read(self, value: Any, name: str) -> bool:
        """Return the truth value."""
        text = _filled(value, name)
        if text not in ("true", "false"):
            raise InvalidParamsError(f"Invalid boolean: {text[:100]}", param=name)
        return text == "true"


class Choice:
    """One word out of a few."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, value: Any, name: str) -> str:
        """Return the word."""
        text = _filled(value, name)
        if text not in self.words:
            raise InvalidParamsError(
                f"Invalid {name}: must be one of {', '.join(self.words)}", param=name
            )
        return text


@dataclass(frozen=True)
class Anything:
    """Accepted as at Stripe, and not looked at: the sandbox does not act on it."""

    def read(self, value: Any, name: str) -> Any:
        """Return what was sent."""
        return value


@dataclass(frozen=True)
class Metadata:
    """Up to 50 pairs; an empty value deletes its key, an empty whole deletes all."""

    def read(self, value: Any, name: str) -> dict[str, str]:
        """Return the pairs as sent, empty values included (``merge_metadata`` drops them)."""
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise InvalidParamsError("Invalid hash: metadata must be key-value pairs", param=name)
        if len(value) > 50:
            raise InvalidParamsError(
                f"You can have at most 50 metadata keys, but you passed {len(value)}.", param=name
            )
        return {key: self._pair(key, item, name) for key, item in value.items()}

    @staticmethod
    def _pair(key: str, value: Any, name: str) -> str:
        where = f"{name}[{key}]"
        if len(key) > 40:
            raise InvalidParamsError(
                f"Metadata keys can have up to 40 characters; this one has {len(key)}: {key}",
                param=name,
            )
        text = _text(value, where)
        if len(text) > 500:
            raise InvalidParamsError(
                f"Metadata values can have up to 500 characters; this one has {len(text)}.",
                param=where,
            )
        return text


@dataclass(frozen=True)
class ListOf:
    """Items sent as ``name[0]``, ``name[1]`` or ``name[]``."""

    item: Param
    limit: int = 100

    def read(self, value: Any, name: str) -> list[Any]:
        """Return the items in the order of their indices."""
        if value == "":
            return []
        if not isinstance(value, dict) or not all(_INDEX.match(k) for k in value):
            raise InvalidParamsError("Invalid array", param=name)
        if len(value) > self.limit:
            raise InvalidParamsError(
                f"Array {name} has {len(value)} elements; at most {self.limit} are allowed",
                param=name,
            )
        ordered = sorted(value.items(), key=lambda pair: int(pair[0]))
        return [self.item.read(item, f"{name}[{index}]") for index, item in ordered]


@dataclass(frozen=True)
class Fields:
    """A hash whose members are known; all others are refused."""

    members: Mapping[str, Param]
    required: tuple[str, ...] = ()

    def read(self, value: Any, name: str = "") -> dict[str, Any]:
        """Return the members that were sent, each converted."""
        if not isinstance(value, dict):
            raise InvalidParamsError("Invalid hash", param=name or None)
        result = {}
        for key, item in value.items():
            where = f"{name}[{key}]" if name else key
            member = self.members.get(key)
            if member is None:
                raise InvalidParamsError(
                    f"Received unknown parameter: {where}", code="parameter_unknown", param=where
                )
            result[key] = member.read(item, where)
        for key in self.required:
            if key not in result:
                raise parameter_missing(f"{name}[{key}]" if name else key)
        return result


@dataclass(frozen=True)
class Bounds:
    """A number, or a range given as ``[gt]``, ``[gte]``, ``[lt]``, ``[lte]`` of numbers."""

    def read(self, value: Any, name: str) -> dict[str, int]:
        """Return the bounds."""
        if isinstance(value, dict):
            return Fields({bound: Integer() for bound in ("gt", "gte", "lt", "lte")}).read(
                value, name
            )
        exact = Integer().read(value, name)
        return {"gte": exact, "lte": exact}


def merge_metadata(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: new pairs win, empty values delete, ``{}`` deletes all."""
    if new is None:
        return dict(old)
    if not new:
        return {}
    merged = {key: value for key, value in {**old, **new}.items() if value != ""}
    if len(merged) > 50:
        raise InvalidParamsError("You can have at most 50 metadata keys.", param="metadata")
    return merged
