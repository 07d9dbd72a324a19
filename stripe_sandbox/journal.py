"""The second set of books: every API call and every webhook attempt, newest kept."""

from __future__ import annotations

from collections import deque
from fnmatch import fnmatchcase
from typing import Any

Entry = dict[str, Any]


class Journal:
    """A bounded log. Entries are dicts with a ``kind`` of ``call`` or ``webhook``."""

    def __init__(self, keep: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._count = 0

    def record(self, kind: str, **facts: Any) -> None:
        """Write one line; ``number`` tells the order for ever, even when old lines are gone."""
        self._count += 1
        self._entries.append({"number": self._count, "kind": kind, **facts})

    @property
    def count(self) -> int:
        """How many lines were ever written."""
        return self._count

    def search(self, limit: int, **patterns: str) -> list[Entry]:
        """The newest lines whose fields match; ``*`` in a pattern stands for anything."""
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if len(found) == limit:
                break
            if all(_matches(entry.get(name), pattern) for name, pattern in patterns.items()):
                found.append(entry)
        return found

    def clear(self) -> None:
        """Forget all lines."""
        self._entries.clear()
        self._count = 0


def _matches(value: Any, pattern: str) -> bool:
    if value is None:
        return False
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return fnmatchcase(text, pattern)
