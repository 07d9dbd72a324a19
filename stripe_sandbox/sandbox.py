"""The sandbox as a whole: its books, its clock, its faults and its way out by webhook."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import API_VERSION
from .call import NO_REQUEST, Origin
from .clock import Agenda, Clock, Due
from .conformance.watch import Watch
from .faults import FaultPlan
from .idempotency import IdempotencyKeys
from .ids import Ids
from .journal import Journal
from .store import Obj, Store
from .webhooks import Webhooks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What the command line decides."""

    seed: int | None = None
    merchant: str = "Demo shop"
    #: Where the books are kept between runs.
    state: Path | None = None
    #: Where browsers reach the payment page; by default where the API call arrived.
    public_url: str | None = None
    api_version: str = API_VERSION
    #: What subscriptions become when the last try to collect has failed: canceled, unpaid or
    #: past_due.
    unpaid_subscriptions: str = "canceled"
    #: How many finished objects, keys and journal lines of each kind stay in memory.
    keep: int = 20_000
    #: Seconds before each further delivery of a webhook; when they are used up, it failed.
    webhook_retries: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 60, 120, 300)
    #: Whether each call and event is compared with Stripe's description.
    check: bool = False


Task = Callable[["Sandbox", str], None]
Reaction = Callable[["Sandbox", Obj, Origin], object]


class Sandbox:
    """Everything that one process knows.

    All of it runs on one event loop and handlers never await, so each of them is atomic.
    ``tasks`` maps the names on the agenda to their doers, ``reactions`` the types of events to
    what they set off inside: an invoice is paid because its PaymentIntent has succeeded.
    """

    def __init__(
        self,
        settings: Settings,
        tasks: Mapping[str, Task],
        reactions: Mapping[str, Reaction] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = Clock()
        self.agenda = Agenda()
        self.ids = Ids(settings.seed)
        self.store = Store(settings.keep)
        self.journal = Journal(settings.keep)
        self.faults = FaultPlan(settings.seed)
        self.idempotency = IdempotencyKeys(settings.keep, self.clock.time)
        self.webhooks = Webhooks(self)
        self.watch = Watch() if settings.check else None
        self.resets = 0
        self._tasks = {"deliver": _deliver, "send_shuffled": _send_shuffled, **tasks}
        self._reactions = reactions or {}
        self._prune_at = 5 * settings.keep
        self._wake = asyncio.Event()

    def emit(
        self,
        event_type: str,
        obj: Obj,
        origin: Origin = NO_REQUEST,
        previous: dict[str, Any] | None = None,
    ) -> None:
        """Make an event about ``obj`` as it is now, send it to whom it concerns, and react."""
        outcome = self.faults.outcome_after(event_type)
        if outcome is not None:
            self.schedule(self.clock.time() + outcome.seconds, outcome.kind, obj["id"])
        if not self.faults.prevents(event_type):
            self._make_event(event_type, obj, origin, previous)
        reaction = self._reactions.get(event_type)
        if reaction is not None:
            reaction(self, obj, origin)

    def _make_event(
        self, event_type: str, obj: Obj, origin: Origin, previous: dict[str, Any] | None
    ) -> None:
        data: Obj = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Obj = {
            "id": self.ids.new("evt_"),
            "object": "event",
            "api_version": self.settings.api_version,
            "created": self.clock.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": self.webhooks.audience(event_type),
            "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key},
            "type": event_type,
        }
        if self.watch is not None and event["api_version"] == API_VERSION:
            self.watch.event(event)
        self.store.events.add(event)
        self.store.events.attach(event["id"], set())
        self.webhooks.dispatch(event)

    def schedule(self, at: float, task: str, subject: str) -> None:
        """Have ``task`` done to ``subject`` when the clock shows ``at``."""
        self.agenda.add(at, task, subject)
        self._wake.set()

    def run_due(self) -> None:
        """Do what is due by now."""
        while due := self.agenda.pop_due(self.clock.time()):
            self.perform(due)
        if len(self.agenda) > self._prune_at:
            self.agenda.retain(self._concerns_something)
            self._prune_at = max(5 * self.settings.keep, 2 * len(self.agenda))

    def perform(self, due: Due) -> None:
        """Do one thing that was on an agenda."""
        try:
            self._tasks[due.task](self, due.subject)
        except Exception:
            # The clock has to go on for all the others.
            log.exception("%s of %s broke", due.task, due.subject)

    def advance(self, seconds: float) -> None:
        """Move the clock, stopping at each thing that falls due on the way.

        So an event that a session's expiry makes bears the time of that expiry.
        """
        left = seconds
        while (at := self.agenda.next_at()) is not None and at <= self.clock.time() + left:
            step = max(0.0, at - self.clock.time())
            self.clock.advance(step)
            left -= step
            self.run_due()
        self.clock.advance(max(0.0, left))
        self.run_due()

    def return_to_real_time(self) -> None:
        """Undo all moves of the clock.

        What has expired stays so, and objects keep their dates. Webhooks wait for a span, not for
        a date, so those under way come along.
        """
        self.agenda.bring_forward(("deliver", "send_shuffled"), self.clock.reset())
        self._wake.set()

    async def run(self) -> None:
        """Do what falls due as time passes, until cancelled."""
        while True:
            self.run_due()
            self._wake.clear()
            at = self.agenda.next_at()
            wait = 1.0 if at is None else min(1.0, max(0.0, at - self.clock.time()))
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue

    def reset(self) -> None:
        """Forget all objects, faults, journal lines and the moved clock; endpoints stay."""
        self.resets += 1
        self.agenda.clear()
        self.store.clear()
        self.journal.clear()
        self.faults.clear()
        self.idempotency.clear()
        self.webhooks.clear()
        self.clock.reset()
        self.ids = Ids(self.settings.seed)

    def _concerns_something(self, due: Due) -> bool:
        if due.task == "send_shuffled":
            return True
        if due.task == "deliver":
            return self.webhooks.find(due.subject) is not None
        return self.store.find(due.subject) is not None


def _deliver(sandbox: Sandbox, delivery_id: str) -> None:
    sandbox.webhooks.send(delivery_id)


def _send_shuffled(sandbox: Sandbox, rule_id: str) -> None:
    sandbox.webhooks.send_shuffled(rule_id)
