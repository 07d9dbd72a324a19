"""Form bodies with brackets, as Stripe's clients send them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from .errors import InvalidParamsError

MAX_DEPTH = 10


def decode(body: bytes, query: bytes) -> dict[str, Any]:
    """Read ``a[b][0]=c`` from a body and a query string into nested dicts.

    Lists arrive as dicts with their index as key; ``a[]=x`` gets the next free index.
    ``params.ListOf`` makes lists of them, since only it knows where one is expected.
    """
    try:
        pairs = _pairs(query) + _pairs(body)
    except (UnicodeDecodeError, ValueError):
        raise InvalidParamsError("The request body is not valid form-encoded UTF-8.") from None
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _plant(tree, _path_of(key), value, key)
    return tree


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    if not raw:
        return []
    return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")


@lru_cache(4096)  # callers send the same few hundred keys over and over
def _path_of(key: str) -> tuple[str, ...]:
    if "[" not in key:
        return (key,)
    head, _, rest = key.partition("[")
    if not head or not rest.endswith("]"):
        return (key,)
    return (head, *rest[:-1].split("]["))


def _plant(tree: dict[str, Any], path: tuple[str, ...], value: str, key: str) -> None:
    if len(path) > MAX_DEPTH:
        raise InvalidParamsError(f"Parameter nested too deeply: {key[:100]}", param=key[:100])
    node = tree
    for step in path[:-1]:
        below = node.setdefault(step or str(len(node)), {})
        if not isinstance(below, dict):
            raise InvalidParamsError(
                f"Invalid value for {path[0]}: both a value and a hash", param=key
            )
        node = below
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise InvalidParamsError(f"Invalid value for {path[0]}: both a value and a hash", param=key)
    node[last] = value
