"""Deliveries that wait their turn, and the few that are under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .delivery import Delivery

AT_ONCE = 32


class Outbox:
    """Attempts deliveries in the background, ``AT_ONCE`` at a time.

    A receiver that is slow or gone makes them wait. Beyond ``most`` that wait, those that are not
    ``kept`` any more are dropped, so that memory stays bounded.
    """

    def __init__(
        self,
        attempt: Callable[[Delivery], Awaitable[None]],
        kept: Callable[[Delivery], bool],
        most: int,
    ) -> None:
        self._attempt = attempt
        self._kept = kept
        self._most = most
        self._waiting: deque[list[Delivery]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    def add(self, deliveries: list[Delivery]) -> None:
        """Have them attempted when their turn comes, one after the other."""
        self._waiting.append(deliveries)
        if len(self._waiting) > self._most:
            self._waiting = deque(group for group in self._waiting if any(map(self._kept, group)))
        if len(self._running) < AT_ONCE:
            self._running.add(asyncio.get_running_loop().create_task(self._work()))

    def clear(self) -> set[asyncio.Task[None]]:
        """Drop what waits and stop what is under way; returns what will have ended soon."""
        self._waiting.clear()
        stopped, self._running = self._running, set()
        for task in stopped:
            task.cancel()
        return stopped

    async def _work(self) -> None:
        try:
            while self._waiting:
                for delivery in self._waiting.popleft():
                    await self._attempt(delivery)
        finally:
            # At once, not by a callback: what is added next must not count on this one.
            self._running -= {asyncio.current_task()}
