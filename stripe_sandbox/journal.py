"""The second set of books: every API call and every webhook attempt, newest kept."""

from __future__ import annotations

from collections import OrderedDict, deque
from fnmatch import fnmatchcase
from typing import Any

Entry = dict[str, Any]

#: Of the newest calls the answers are kept as well, except very long ones.
ANSWERS_KEPT = 1000
LONGEST_ANSWER = 20_000


class Journal:
    """A bounded log. Entries are dicts with a ``kind`` of ``call`` or ``webhook``."""

    def __init__(self, keep: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._answers: OrderedDict[int, bytes] = OrderedDict()
        self._count = 0

    def record(self, kind: str, answer: bytes | None = None, **facts: Any) -> None:
        """Write one line; ``number`` tells the order for ever, even when old lines are gone."""
        self._count += 1
        self._entries.append({"number": self._count, "kind": kind, **facts})
        if answer is not None and len(answer) <= LONGEST_ANSWER:
            self._answers[self._count] = answer
            if len(self._answers) > min(ANSWERS_KEPT, self._entries.maxlen or 0):
                self._answers.popitem(last=False)

    @property
    def count(self) -> int:
        """How many lines were ever written."""
        return self._count

    def find(self, number: int) -> Entry | None:
        """The line of that number, while it is kept."""
        place = number - self._count + len(self._entries) - 1
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def answer(self, number: int) -> bytes | None:
        """The body of the answer to the call on that line, while it is kept."""
        return self._answers.get(number)

    def search(self, limit: int, before: int | None = None, **patterns: str) -> list[Entry]:
        """The newest lines whose fields match, older than ``before``; ``*`` is anything."""
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if len(found) == limit:
                break
            if before is not None and entry["number"] >= before:
                continue
            if all(_matches(entry.get(name), pattern) for name, pattern in patterns.items()):
                found.append(entry)
        return found

    def clear(self) -> None:
        """Forget all lines."""
        self._entries.clear()
        self._answers.clear()
        self._count = 0


def _matches(value: Any, pattern: str) -> bool:
    if value is None:
        return False
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return fnmatchcase(text, pattern)
