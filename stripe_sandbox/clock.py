"""The sandbox's one clock, and what is due on it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from typing import NamedTuple


class Clock:
    """Real time plus an offset."""

    def __init__(self) -> None:
        self.offset = 0.0

    def time(self) -> float:
        """Seconds since the epoch as the sandbox sees them."""
        return time.time() + self.offset

    def now(self) -> int:
        """The same in whole seconds, the unit of Stripe's objects."""
        return int(self.time())

    def advance(self, seconds: float) -> None:
        """Move forward; there is no going back but to real time."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset += seconds

    def reset(self) -> float:
        """Show real time again; returns by how much that goes back."""
        back, self.offset = self.offset, 0.0
        return back


class Due(NamedTuple):
    """One thing to do at one time: ``task`` names the doer, ``subject`` what it is done to."""

    at: float
    order: int
    task: str
    subject: str


class Agenda:
    """What is due when, earliest first. Entries are plain names, so that they can be saved."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, at: float, task: str, subject: str) -> None:
        """Note ``task`` for ``subject``; whoever does it checks that it still applies."""
        self._count += 1
        heapq.heappush(self._heap, Due(at, self._count, task, subject))

    def subjects(self, task: str) -> set[str]:
        """What ``task`` is to be done to."""
        return {due.subject for due in self._heap if due.task == task}

    def next_at(self) -> float | None:
        """When the earliest entry is due."""
        return self._heap[0].at if self._heap else None

    def pop_due(self, now: float) -> Due | None:
        """Take the earliest entry that is due, if any."""
        if self._heap and self._heap[0].at <= now:
            return heapq.heappop(self._heap)
        return None

    def bring_forward(self, tasks: tuple[str, ...], seconds: float) -> None:
        """Have all entries of ``tasks`` due that much earlier."""
        self._heap = [
            due._replace(at=due.at - seconds) if due.task in tasks else due for due in self._heap
        ]
        heapq.heapify(self._heap)

    def retain(self, wanted: Callable[[Due], bool]) -> None:
        """Drop the entries that concern nothing any more."""
        self._heap = [due for due in self._heap if wanted(due)]
        heapq.heapify(self._heap)

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
