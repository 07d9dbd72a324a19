"""JSON as the API accepts it: small, shallow, unambiguous, and of characters that PostgreSQL can
store (matrix rows F12 and F13)."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH: Final = 20


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "The request body is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """Parses a JSON object; everything else is a 400 that says what is wrong, or a 413."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """An empty body is an empty object. Raises ParseError or BodyTooLarge."""
        return parse_object(_read(stream, parser_context or {}))


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises ParseError."""
    if not raw:
        return {}
    parsed = _decode(raw)
    if not isinstance(parsed, dict):
        raise ParseError("The body must be a JSON object.")
    # Only an escape can bring in a forbidden character, and only so many brackets too much depth;
    # so the ordinary body needs no second look.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _inspect(parsed)
    return parsed


def _read(stream: IO[Any], context: Mapping[str, Any]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    request = context.get("request")
    announced = request.META.get("CONTENT_LENGTH") if request is not None else None
    if limit is not None and announced and announced.isdecimal() and int(announced) > limit:
        raise BodyTooLarge
    raw: bytes = stream.read(-1 if limit is None else limit + 1)
    if limit is not None and len(raw) > limit:
        raise BodyTooLarge
    return raw


def _decode(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ParseError("The body is not valid UTF-8.") from error
    try:
        return _decoder.decode(text)
    except RecursionError as error:
        raise ParseError(_TOO_DEEP) from error
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {_reason(error)}.") from error


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return str(error) if isinstance(error, _RefusedError) else "a number is too long"


class _RefusedError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise _RefusedError(f"the key {twice[:100]!a} appears twice")
    return result


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _RefusedError(f"the number {text[:40]} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not a number")


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_constant=_constant
)
_TOO_DEEP: Final = f"The body is nested more than {MAX_DEPTH} levels deep."


def _inspect(root: dict[str, Any]) -> None:
    """Check depth and characters of everything, level by level, without recursion."""
    level: list[dict[str, Any] | list[Any]] = [root]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ParseError(_TOO_DEEP)
        below: list[dict[str, Any] | list[Any]] = []
        for container in level:
            values = [*container, *container.values()] if isinstance(container, dict) else container
            for value in values:
                if isinstance(value, str):
                    _check_text(value)
                elif isinstance(value, dict | list):
                    below.append(value)
        level = below


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ParseError("The body contains a NUL character.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ParseError("The body contains half of a surrogate pair.") from error
