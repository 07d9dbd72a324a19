"""Webhooks: who gets which event, signed how, again when, and what came of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from . import http_post
from .delivery import Delivery, Endpoint
from .faults import FORGERIES
from .outbox import Outbox
from .signing import signed

if TYPE_CHECKING:
    from .faults import Rule
    from .sandbox import Sandbox
    from .store import Obj

TIMEOUT_SECONDS = 20.0


class Webhooks:
    """Endpoints and deliveries. Deliveries run in the background, retries on the agenda."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.endpoints: list[Endpoint] = []
        self._deliveries: OrderedDict[str, Delivery] = OrderedDict()
        self._gathered: dict[str, list[Delivery]] = {}
        keep = sandbox.settings.keep
        self.outbox = Outbox(self._attempt, lambda one: one.id in self._deliveries, 2 * keep)

    def register(self, url: str, secrets: list[str]) -> Endpoint:
        """Add a receiver of all events, or give a known one other secrets."""
        for endpoint in self.endpoints:
            if endpoint.url == url:
                endpoint.secrets = secrets
                return endpoint
        return self.add(url, secrets)

    def add(self, url: str, secrets: list[str], **more: Any) -> Endpoint:
        """Add a receiver, of all events unless told otherwise."""
        endpoint_id, now = self._sandbox.ids.new("we_"), self._sandbox.clock.now()
        endpoint = Endpoint(endpoint_id, url, secrets, created=now, **more)
        self.endpoints.append(endpoint)
        return endpoint

    def audience(self, event_type: str) -> int:
        """How many endpoints want such an event."""
        return sum(endpoint.wants(event_type) for endpoint in self.endpoints)

    def dispatch(self, event: Obj) -> None:
        """Send the event to each endpoint, as far as the fault plan lets it."""
        for endpoint in self._wanting(event):
            fault = self._sandbox.faults.for_webhook(event["type"])
            self._start(self._note(event, endpoint), fault)

    def send(self, delivery_id: str) -> None:
        """Try to deliver now, in the background; a delivery that is gone is no delivery."""
        delivery = self._deliveries.get(delivery_id)
        if delivery is not None:
            self.outbox.add([delivery])

    def resend(self, event: Obj) -> list[Delivery]:
        """Deliver an event once more to whom it concerns, past the fault plan."""
        deliveries = [self._note(event, endpoint) for endpoint in self._wanting(event)]
        for delivery in deliveries:
            self.send(delivery.id)
        return deliveries

    def release(self, event_ids: list[str] | None = None) -> list[Delivery]:
        """Send what the fault plan holds back: those events, in that order, or all of it."""
        held = [d for d in self._deliveries.values() if d.state == "held"]
        if event_ids is not None:
            order = {event_id: place for place, event_id in enumerate(event_ids)}
            held = sorted(
                (d for d in held if d.event["id"] in order), key=lambda d: order[d.event["id"]]
            )
        for delivery in held:
            delivery.state = "pending"
        self.outbox.add(held)
        return held

    def send_shuffled(self, rule_id: str) -> None:
        """Send what was gathered under that rule, one after the other in another order."""
        gathered = self._gathered.pop(rule_id, [])
        self._sandbox.faults.shuffle(gathered)
        self.outbox.add(gathered)

    def find(self, delivery_id: str) -> Delivery | None:
        """The delivery of that id, while it is kept."""
        return self._deliveries.get(delivery_id)

    def log(
        self, limit: int, event_id: str | None = None, before: str | None = None, state: str = "*"
    ) -> list[dict[str, Any]]:
        """The newest deliveries first: of one event, older than another delivery, in a state."""
        older = before is None
        lines: list[dict[str, Any]] = []
        for delivery in reversed(self._deliveries.values()):
            if len(lines) == limit:
                break
            fits = event_id in (None, delivery.event["id"]) and state in ("*", delivery.state)
            if older and fits:
                lines.append(delivery.as_json())
            older = older or delivery.id == before
        return lines

    def clear(self) -> None:
        """Forget all deliveries; those under way end without a retry."""
        self.outbox.clear()
        self._deliveries.clear()
        self._gathered.clear()

    def resume(self) -> None:
        """Take up what was under way when the state was saved."""
        waiting = self._sandbox.agenda.subjects("deliver")
        waiting.update(d.id for gathered in self._gathered.values() for d in gathered)
        for delivery in self._deliveries.values():
            if delivery.state == "pending" and delivery.id not in waiting:
                self._sandbox.schedule(self._sandbox.clock.time(), "deliver", delivery.id)

    async def close(self) -> None:
        """Stop what is under way."""
        under_way = self.outbox.clear()
        self.clear()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _wanting(self, event: Obj) -> list[Endpoint]:
        return [endpoint for endpoint in self.endpoints if endpoint.wants(event["type"])]

    def _note(self, event: Obj, endpoint: Endpoint) -> Delivery:
        delivery = Delivery(self._sandbox.ids.new("wd_", 14), event, endpoint)
        self._deliveries[delivery.id] = delivery
        if len(self._deliveries) > self._sandbox.settings.keep:
            self._deliveries.popitem(last=False)
        return delivery

    def _start(self, delivery: Delivery, fault: Rule | None) -> None:
        kind = fault.kind if fault else None
        if kind == "lose":
            delivery.state = "lost"
            self._journal(delivery, "lose")
        elif kind == "hold":
            delivery.state = "held"
        elif fault and kind == "shuffle":
            self._gather(delivery, fault)
        elif fault and kind == "delay":
            at = self._sandbox.clock.time() + fault.seconds
            self._sandbox.schedule(at, "deliver", delivery.id)
        else:
            delivery.forgery = fault if kind in FORGERIES else None
            self.send(delivery.id)
            if kind == "double":
                self.send(self._note(delivery.event, delivery.endpoint).id)

    def _gather(self, delivery: Delivery, rule: Rule) -> None:
        gathered = self._gathered.setdefault(rule.id, [])
        gathered.append(delivery)
        if len(gathered) >= rule.size:
            self.send_shuffled(rule.id)
        elif len(gathered) == 1:
            # So that the last few arrive too when no more follow.
            at = self._sandbox.clock.time() + rule.seconds
            self._sandbox.schedule(at, "send_shuffled", rule.id)

    async def _attempt(self, delivery: Delivery) -> None:
        if delivery.endpoint.disabled or delivery.endpoint not in self.endpoints:
            delivery.state, delivery.error = "failed", "the endpoint is disabled or deleted"
            return
        await self._post(delivery)
        if delivery.state == "delivered":
            self._mark_received(delivery)
        elif delivery.attempts <= len(self._sandbox.settings.webhook_retries):
            pause = self._sandbox.settings.webhook_retries[delivery.attempts - 1]
            self._sandbox.schedule(self._sandbox.clock.time() + pause, "deliver", delivery.id)
        else:
            delivery.state = "failed"

    async def _post(self, delivery: Delivery) -> None:
        forgery, delivery.forgery = delivery.forgery, None
        endpoint, event = delivery.endpoint, delivery.event
        if endpoint.api_version is not None:
            event = {**event, "api_version": endpoint.api_version}
        secrets = endpoint.signing_secrets(self._sandbox.clock.time())
        body, mark = signed(event, secrets, forgery)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (stripe_sandbox)",
            "Accept": "*/*",
            "Stripe-Signature": mark,
        }
        delivery.attempts += 1
        delivery.at.append(self._sandbox.clock.time())
        delivery.status = delivery.error = None
        try:
            reply = await http_post.post(delivery.endpoint.url, headers, body, TIMEOUT_SECONDS)
        except (OSError, ValueError, asyncio.IncompleteReadError) as problem:
            delivery.error = f"{type(problem).__name__}: {problem}".rstrip(": ")
        else:
            delivery.status = reply.status
            if 200 <= reply.status < 300:
                delivery.state = "delivered"
            else:
                delivery.error = reply.text[:300]
        delivery.answers.append(delivery.status or delivery.error or "")
        self._journal(delivery, forgery.kind if forgery else None)

    def _mark_received(self, delivery: Delivery) -> None:
        """Count the endpoint off the event's ``pending_webhooks``, once however often it got it."""
        events = self._sandbox.store.events
        event_id = delivery.event["id"]
        if events.find(event_id) is not None:
            received: set[str] = events.part(event_id)
            received.add(delivery.endpoint.id)
            waiting = [e for e in self._wanting(delivery.event) if e.id not in received]
            events.update(event_id, pending_webhooks=len(waiting))

    def _journal(self, delivery: Delivery, fault: str | None = None) -> None:
        self._sandbox.journal.record(
            "webhook",
            at=self._sandbox.clock.time(),
            event=delivery.event["id"],
            type=delivery.event["type"],
            url=delivery.endpoint.url,
            attempt=delivery.attempts,
            status=delivery.status,
            error=delivery.error,
            fault=fault,
        )
