"""Stripe's description of its API, read from ``description.json``.

A type is described by

- ``"string"``, ``"integer"``, ``"number"``, ``"boolean"``, ``"decimal"`` (a number in a string),
  ``"null"``, ``"event"`` or ``"any"``
- ``{"enum": [values]}``, ``{"list": type}``, ``{"map": type of the values}``
- ``{"fields": {name: type}}``, where ``name?`` is a field that may be absent
- ``{"page": type}`` and ``{"search": type}``: list objects with such ``data``
- ``{"partial": type}``: the same with any fields absent
- ``{"ref": name}``: what ``types`` says under that name
- ``[type, type]``: one of these
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

#: A type as described above.
Type = Any


@dataclass(frozen=True)
class Endpoint:
    """A method and a path, what it takes and what it answers."""

    method: str
    path: str
    params: Type
    answer: Type


class Description:
    """What ``description.json`` says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.api_version: str = document["api_version"]
        self.events: dict[str, Type] = document["events"]
        self._types: dict[str, Type] = document["types"]
        self._endpoints = [Endpoint(**one) for one in document["endpoints"]]
        self._exact = {(one.method, one.path): one for one in self._endpoints}

    def endpoint(self, method: str, path: str) -> Endpoint | None:
        """The endpoint that serves ``path``; a path without an id wins over one with."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        steps = path.split("/")
        fitting = (e for e in self._endpoints if e.method == method and _fits(e.path, steps))
        return next(fitting, None)

    def resolve(self, kind: Type) -> Type:
        """``kind`` itself, or what it refers to."""
        while isinstance(kind, dict) and "ref" in kind:
            kind = self._types[kind["ref"]]
        return kind

    def error(self) -> Type:
        """The ``error`` of an error answer: what objects show as their last error is the same."""
        fields = self.resolve({"ref": "PaymentIntent"})["fields"]
        return next(kind for kind in fields["last_payment_error"] if kind != "null")


def _fits(template: str, steps: list[str]) -> bool:
    known = template.split("/")
    return len(known) == len(steps) and all(
        step == want or want == "{id}" for want, step in zip(known, steps, strict=True)
    )


@cache
def description() -> Description:
    """The committed description."""
    text = (Path(__file__).parent / "description.json").read_text(encoding="utf-8")
    return Description(json.loads(text))
