"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Violation:
    """Something that is not as described.

    ``place`` is the field, from the outside in, e.g. ``data[].payment_method_details.card.brand``;
    it is empty where the whole is meant.
    """

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place or '(all of it)'}: {self.reason}"


#: Looks at a value by the inside of its type, at a place.
Check = Callable[[Any, Any, str], Iterator[Violation]]


def member(place: str, name: str) -> str:
    """The place of a field inside ``place``."""
    return f"{place}.{name}" if place else name


def item(place: str) -> str:
    """The place of a list's items; which of them says little, so they share one."""
    return f"{place}[]"
