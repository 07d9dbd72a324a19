"""The control page: what Stripe's dashboard shows to developers, and the buttons beside it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import tables
from .books import lines, totals
from .control import LONGEST_MOVE
from .errors import StripeError
from .fault_form import KIND_GROUPS, wish_of
from .outcomes import OUTCOMES, befall
from .pages import templates
from .sandbox import Sandbox

Handler = Callable[[Request], Awaitable[Response]]

_MOVES = (("+1 min", 60), ("+31 min", 1860), ("+1 day", 86_400), ("+7 days", 604_800))
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_JOURNAL_FILTERS = ("kind", "method", "path", "status", "fault", "type", "idempotency_key")
_STATES = ("pending", "delivered", "failed", "held", "lost")


class Dashboard:
    """Handlers of the control page. Lists come in pages; ``before`` is the last one's last line."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Where everything is."""
        shown: list[tuple[str, Handler]] = [
            ("/", self.overview),
            ("/payments", self.payments),
            ("/objects/{collection}", self.objects),
            ("/objects/{collection}/{object_id}", self.object),
            ("/find", self.find),
            ("/deliveries", self.deliveries),
            ("/journal", self.journal),
            ("/journal/{number:int}", self.entry),
            ("/faults", self.faults),
        ]
        pressed: list[tuple[str, Handler]] = [
            ("/clock", self.move_clock),
            ("/faults", self.add_fault),
            ("/faults/remove", self.remove_fault),
            ("/resend", self.resend),
            ("/release", self.release),
            ("/outcome", self.befall),
        ]
        return [
            *(Route(path, self._fresh(handler), methods=["GET"]) for path, handler in shown),
            *(Route(path, _own(handler), methods=["POST"]) for path, handler in pressed),
        ]

    async def overview(self, request: Request) -> Response:
        """How much of everything there is, and what happened last."""
        store = self._sandbox.store
        return self._page(
            request,
            "overview.html",
            counts={name: len(collection) for name, collection in store.collections().items()},
            sessions=tables.newest(store.checkout_sessions)[:10],
            events=tables.newest(store.events)[:10],
            calls=self._sandbox.journal.search(10, kind="call"),
            endpoints=self._sandbox.webhooks.endpoints,
        )

    async def payments(self, request: Request) -> Response:
        """The second set of books."""
        before = request.query_params.get("before")
        found = list(lines(self._sandbox))
        ids = [line["payment_intent"] for line in found]
        start = ids.index(before) + 1 if before in ids else 0
        rows, more = _cut(found[start : start + tables.PAGE + 1], "payment_intent")
        return self._page(request, "payments.html", rows=rows, more=more, totals=totals(found))

    async def objects(self, request: Request) -> Response:
        """One page of a collection."""
        name = request.path_params["collection"]
        collection = self._sandbox.store.collections().get(name)
        if collection is None:
            return self._nothing(request)
        query = request.query_params
        found = tables.newest(collection, query.get("before"), query.get("q", "").strip())
        rows, more = _cut(found, "id", q=query.get("q", ""))
        return self._page(
            request,
            "objects.html",
            name=name,
            rows=rows,
            more=more,
            count=len(collection),
            q=query.get("q", ""),
        )

    async def object(self, request: Request) -> Response:
        """One object as JSON, its events and calls, and what may befall it."""
        name, object_id = request.path_params["collection"], request.path_params["object_id"]
        collection = self._sandbox.store.collections().get(name)
        obj = collection.find(object_id) if collection else None
        if obj is None:
            return self._nothing(request)
        events = self._sandbox.store.events.newest_first()
        return self._page(
            request,
            "object.html",
            name=name,
            obj=obj,
            json=tables.linked(self._sandbox.store, obj),
            events=[e for e in events if e["data"]["object"]["id"] == object_id][: tables.PAGE],
            calls=self._sandbox.journal.search(20, kind="call", path=f"*{object_id}*"),
            deliveries=self._sandbox.webhooks.log(20, object_id) if name == "events" else [],
            outcomes={
                kind: outcome
                for kind, outcome in OUTCOMES.items()
                if outcome.collection == name and obj["status"] in outcome.statuses
            },
        )

    async def find(self, request: Request) -> Response:
        """From an id to its object, wherever it is."""
        wanted = request.query_params.get("q", "").strip()
        home = tables.home_of(self._sandbox.store, wanted)
        if home is not None:
            return RedirectResponse(f"/objects/{home}/{wanted}", 303)
        calls = self._sandbox.journal.search(1, request_id=wanted) if wanted else []
        if calls:
            return RedirectResponse(f"/journal/{calls[0]['number']}", 303)
        return self._nothing(request)

    async def deliveries(self, request: Request) -> Response:
        """The webhook delivery log."""
        query = request.query_params
        state = query.get("state") if query.get("state") in _STATES else "*"
        found = self._sandbox.webhooks.log(tables.PAGE + 1, None, query.get("before"), state or "*")
        rows, more = _cut(found, "id", state=state or "*")
        return self._page(
            request, "deliveries.html", rows=rows, more=more, state=state, states=_STATES
        )

    async def journal(self, request: Request) -> Response:
        """Calls and webhook attempts, by filter."""
        query = request.query_params
        filters = {name: query[name] for name in _JOURNAL_FILTERS if query.get(name)}
        before = query.get("before", "")
        found = self._sandbox.journal.search(
            tables.PAGE + 1, int(before) if before.isdecimal() else None, **filters
        )
        rows, more = _cut(found, "number", **filters)
        return self._page(request, "journal.html", rows=rows, more=more, filters=filters)

    async def entry(self, request: Request) -> Response:
        """One line of the journal with what was sent and answered."""
        number = request.path_params["number"]
        entry = self._sandbox.journal.find(number)
        if entry is None:
            return self._nothing(request)
        answer = self._sandbox.journal.answer(number)
        store = self._sandbox.store
        return self._page(
            request,
            "entry.html",
            entry=entry,
            facts=tables.linked(store, entry),
            answer=tables.linked(store, json.loads(answer)) if answer else None,
        )

    async def faults(self, request: Request) -> Response:
        """The plan, and a form for one more rule."""
        return self._faults(request, {})

    async def add_fault(self, request: Request) -> Response:
        """One more rule, or the form again with what is wrong."""
        typed = await _form(request)
        try:
            self._sandbox.faults.add(wish_of(typed))
        except (ValueError, TypeError) as problem:
            return self._faults(request, typed, str(problem))
        return RedirectResponse("/faults", 303)

    async def remove_fault(self, request: Request) -> Response:
        """One rule less, or none left."""
        rule_id = (await _form(request)).get("rule")
        if rule_id:
            self._sandbox.faults.remove(rule_id)
        else:
            self._sandbox.faults.clear()
        return RedirectResponse("/faults", 303)

    async def move_clock(self, request: Request) -> Response:
        """Forward by a button or an amount, or back to real time."""
        typed = await _form(request)
        text = typed.get("advance") or typed.get("amount", "")
        unit = 1 if typed.get("advance") else _UNITS.get(typed.get("unit", ""), 1)
        if typed.get("reset"):
            self._sandbox.return_to_real_time()
        elif text.isascii() and text.isdigit() and int(text) * unit <= LONGEST_MOVE:
            self._sandbox.advance(int(text) * unit)
        return _back(request)

    async def resend(self, request: Request) -> Response:
        """An event once more, to all its endpoints."""
        event = self._sandbox.store.events.get((await _form(request)).get("event", ""))
        self._sandbox.webhooks.resend(event)
        return _back(request)

    async def release(self, request: Request) -> Response:
        """Let all held webhooks go."""
        self._sandbox.webhooks.release()
        return _back(request)

    async def befall(self, request: Request) -> Response:
        """Have something befall an object now."""
        typed = await _form(request)
        befall(self._sandbox, typed["kind"], typed["id"])
        return _back(request)

    def _faults(self, request: Request, typed: dict[str, str], problem: str = "") -> Response:
        return self._page(
            request,
            "faults.html",
            422 if problem else 200,
            rules=self._sandbox.faults.as_json(),
            groups=KIND_GROUPS,
            typed=typed,
            problem=problem,
        )

    def _nothing(self, request: Request) -> Response:
        return self._page(request, "nothing.html", 404)

    def _page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:
        clock = self._sandbox.clock
        frame = {
            "merchant": self._sandbox.settings.merchant,
            "now": clock.now(),
            "ahead": round(clock.offset),
            "moves": _MOVES,
            "units": _UNITS,
            "columns": tables.columns,
            "amounts": tables.AMOUNTS,
        }
        return templates.TemplateResponse(
            request, f"control/{template}", frame | context, status_code=status
        )

    def _fresh(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            self._sandbox.run_due()
            return await handler(request)

        return answer


def _own(handler: Handler) -> Handler:
    """Take presses of our own buttons only, not of a page that somebody else wrote."""

    async def answer(request: Request) -> Response:
        if request.headers.get("sec-fetch-site") == "cross-site":
            return Response("Buttons work on the control page only.", 403)
        try:
            return await handler(request)
        except (KeyError, StripeError) as problem:
            return Response(f"That cannot be done: {problem}", 400)

    return answer


def _back(request: Request) -> Response:
    """To the page on which the button was pressed."""
    came = urlsplit(request.headers.get("referer", "/"))
    query = f"?{came.query}" if came.query else ""
    return RedirectResponse("/" + came.path.lstrip("/") + query, 303)


async def _form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _cut(found: list[Any], key: str, **query: str) -> tuple[list[Any], str | None]:
    """A page of ``found``, and the query for the next one where there is more."""
    rows = found[: tables.PAGE]
    if len(found) <= tables.PAGE:
        return rows, None
    kept = {name: value for name, value in query.items() if value}
    return rows, "?" + urlencode({**kept, "before": rows[-1][key]})
