"""The form for a rule of the fault plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .faults import KINDS

#: The kinds as the form offers them, by what goes wrong.
KIND_GROUPS = [
    ("A call is", "call", list(KINDS["call"])),
    ("A webhook is", "webhook", list(KINDS["webhook"])),
    ("A payment meets", "outcome", list(KINDS["outcome"])),
]
_MEMBERS = {
    "call": ("method", "path", "execute"),
    "webhook": ("type", "size", "secret"),
    "outcome": (),
}
_ALWAYS = ("seconds", "times", "after", "chance")
_WHOLE = ("times", "after", "size")
_FRACTIONS = ("seconds", "chance")


def wish_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as the plan wants it; raises ``ValueError`` that says what is wrong."""
    target, _, kind = typed.get("kind", "").partition(":")
    if target not in KINDS:
        raise ValueError("choose what is to go wrong")
    members: dict[str, Any] = {"kind": kind}
    for name in (*_ALWAYS, *_MEMBERS[target]):
        if text := typed.get(name, "").strip():
            members[name] = _read(name, text)
    return members if target == "call" else {target: members}


def _read(name: str, text: str) -> Any:
    if name == "execute":
        return True
    try:
        if name in _WHOLE:
            return int(text)
        return float(text) if name in _FRACTIONS else text
    except ValueError:
        raise ValueError(f"{name} must be a number: {text!r}") from None
