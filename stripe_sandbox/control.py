"""``/_sandbox``: drive the sandbox by JSON; ``dashboard`` does so by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .bank_accounts import BankAccount, by_iban
from .books import lines, totals
from .cards import Card, by_number
from .conformance.watch import Watch
from .errors import CardError, StripeError
from .money import read_currency
from .outcomes import OUTCOMES, befall
from .resources import chargebacks, checkout_payment
from .resources.checkout_sessions import return_address
from .resources.payouts import sweep
from .resources.webhook_endpoints import roll
from .sandbox import Sandbox
from .store import Obj

_JOURNAL_FIELDS = (
    "kind",
    "method",
    "path",
    "status",
    "idempotency_key",
    "request_id",
    "replayed",
    "fault",
    "event",
    "type",
)
LONGEST_MOVE = 10 * 366 * 24 * 3600

Handler = Callable[[Request], Awaitable[Response]]


class BadRequestError(Exception):
    """The control API was asked for something that it does not do."""


class Control:
    """Handlers of the control API."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Where everything is."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/_sandbox/state", self.state),
            ("GET", "/_sandbox/clock", self.clock),
            ("POST", "/_sandbox/clock/advance", self.advance),
            ("POST", "/_sandbox/clock/reset", self.reset_clock),
            ("GET", "/_sandbox/faults", self.faults),
            ("POST", "/_sandbox/faults", self.add_fault),
            ("DELETE", "/_sandbox/faults", self.clear_faults),
            ("DELETE", "/_sandbox/faults/{rule_id}", self.remove_fault),
            ("POST", "/_sandbox/outcomes", self.befall),
            ("POST", "/_sandbox/disputes", self.dispute),
            ("POST", "/_sandbox/payouts", self.pay_out),
            ("GET", "/_sandbox/books", self.books),
            ("GET", "/_sandbox/journal", self.journal),
            ("GET", "/_sandbox/deliveries", self.deliveries),
            ("POST", "/_sandbox/events/{event_id}/resend", self.resend),
            ("GET", "/_sandbox/webhooks", self.endpoints),
            ("POST", "/_sandbox/webhooks", self.add_endpoint),
            ("DELETE", "/_sandbox/webhooks", self.drop_endpoints),
            ("POST", "/_sandbox/webhooks/{endpoint_id}/roll", self.roll_secret),
            ("POST", "/_sandbox/webhooks/release", self.release),
            ("POST", "/_sandbox/checkout/{session_id}/pay", self.pay),
            ("GET", "/_sandbox/violations", self.violations),
            ("DELETE", "/_sandbox/violations", self.clear_violations),
            ("POST", "/_sandbox/reset", self.reset),
        ]
        return [Route(path, _guarded(handler), methods=[method]) for method, path, handler in table]

    async def state(self, request: Request) -> Response:
        """How much of everything there is."""
        sandbox = self._sandbox
        sandbox.run_due()
        sessions = sandbox.store.checkout_sessions.newest_first()
        return JSONResponse(
            {
                **{name: len(c) for name, c in sandbox.store.collections().items()},
                "open_checkout_sessions": sum(s["status"] == "open" for s in sessions),
                "idempotency_keys": len(sandbox.idempotency),
                "journal": sandbox.journal.count,
                "agenda": len(sandbox.agenda),
                "clock": sandbox.clock.time(),
            }
        )

    async def clock(self, request: Request) -> Response:
        """What time it is."""
        clock = self._sandbox.clock
        return JSONResponse({"now": clock.now(), "offset_seconds": clock.offset})

    async def advance(self, request: Request) -> Response:
        """Move the clock; what falls due on the way has happened when the answer comes."""
        self._advance((await _json(request)).get("seconds"))
        return await self.clock(request)

    async def reset_clock(self, request: Request) -> Response:
        """Show real time again."""
        self._sandbox.return_to_real_time()
        return await self.clock(request)

    async def faults(self, request: Request) -> Response:
        """The fault plan."""
        return JSONResponse({"faults": self._sandbox.faults.as_json()})

    async def add_fault(self, request: Request) -> Response:
        """One more rule."""
        try:
            rule = self._sandbox.faults.add(await _json(request))
        except (ValueError, TypeError) as problem:
            raise BadRequestError(str(problem)) from None
        return JSONResponse({"id": rule.id}, 201)

    async def clear_faults(self, request: Request) -> Response:
        """No more faults."""
        self._sandbox.faults.clear()
        return JSONResponse({"faults": []})

    async def remove_fault(self, request: Request) -> Response:
        """One rule less."""
        rule_id = request.path_params["rule_id"]
        if not self._sandbox.faults.remove(rule_id):
            raise BadRequestError(f"there is no rule {rule_id}")
        return await self.faults(request)

    async def befall(self, request: Request) -> Response:
        """Have something befall an object now."""
        wish = await _json(request)
        kind = str(wish.get("kind"))
        if kind not in OUTCOMES:
            raise BadRequestError(f"kind must be one of {', '.join(OUTCOMES)}")
        self._sandbox.run_due()
        return JSONResponse(befall(self._sandbox, kind, str(wish.get("id"))))

    async def dispute(self, request: Request) -> Response:
        """Have a charge disputed, for any reason and over any amount; an inquiry only asks."""
        wish = await _json(request)
        reason, amount = wish.get("reason", "fraudulent"), wish.get("amount")
        if reason not in chargebacks.REASONS:
            raise BadRequestError(f"reason must be one of {', '.join(chargebacks.REASONS)}")
        if amount is not None and (type(amount) is not int or amount < 1):
            raise BadRequestError("amount must be a whole number of minor units")
        self._sandbox.run_due()
        charge = self._sandbox.store.charges.get(str(wish.get("charge")))
        inquiry = wish.get("inquiry") is True
        dispute = chargebacks.new(self._sandbox, charge, reason, amount, inquiry=inquiry)
        return JSONResponse(dispute, 201)

    async def pay_out(self, request: Request) -> Response:
        """An automatic payout of all that is available in a currency, as Stripe makes one a day."""
        currency = (await _json(request)).get("currency", "usd")
        self._sandbox.run_due()
        return JSONResponse(sweep(self._sandbox, read_currency(str(currency))), 201)

    async def books(self, request: Request) -> Response:
        """What became of each payment, newest first, and the sums over all of them."""
        self._sandbox.run_due()
        found = list(lines(self._sandbox, request.query_params.get("payment_intent")))
        return JSONResponse({"data": found[: _limit(request)], "totals": totals(found)})

    async def journal(self, request: Request) -> Response:
        """What was called and sent, oldest first: the newest ``limit`` that match; ``*`` works."""
        query = request.query_params
        patterns = {name: query[name] for name in _JOURNAL_FIELDS if query.get(name)}
        entries = self._sandbox.journal.search(_limit(request), None, **patterns)
        return JSONResponse({"count": self._sandbox.journal.count, "data": entries[::-1]})

    async def deliveries(self, request: Request) -> Response:
        """The webhook delivery log, newest first."""
        event_id = request.query_params.get("event")
        return JSONResponse({"data": self._sandbox.webhooks.log(_limit(request), event_id)})

    async def resend(self, request: Request) -> Response:
        """Deliver an event again, to all endpoints."""
        event = self._sandbox.store.events.get(request.path_params["event_id"])
        sent = self._sandbox.webhooks.resend(event)
        return JSONResponse({"deliveries": [delivery.as_json() for delivery in sent]}, 202)

    async def endpoints(self, request: Request) -> Response:
        """Who gets webhooks."""
        known = self._sandbox.webhooks.endpoints
        return JSONResponse({"data": [{"id": e.id, "url": e.url} for e in known]})

    async def add_endpoint(self, request: Request) -> Response:
        """One more receiver, or other secrets for a known one (two while a secret rolls)."""
        wish = await _json(request)
        url, secrets = wish.get("url"), wish.get("secrets")
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            raise BadRequestError("url must be an http(s) address")
        if (
            not isinstance(secrets, list)
            or not secrets
            or not all(isinstance(secret, str) and secret for secret in secrets)
        ):
            raise BadRequestError("secrets must be a list of strings, with at least one in it")
        webhooks = self._sandbox.webhooks
        known = any(endpoint.url == url for endpoint in webhooks.endpoints)
        endpoint = webhooks.register(url, secrets)
        return JSONResponse({"id": endpoint.id, "url": url}, 200 if known else 201)

    async def roll_secret(self, request: Request) -> Response:
        """A new secret for an endpoint; the old one signs too for ``seconds``, a day by default."""
        seconds = (await _json(request)).get("seconds", 24 * 3600)
        if type(seconds) not in (int, float) or seconds < 0:
            raise BadRequestError("seconds must be a number, 0 or more")
        endpoint_id = request.path_params["endpoint_id"]
        return JSONResponse({"secret": roll(self._sandbox, endpoint_id, seconds)})

    async def drop_endpoints(self, request: Request) -> Response:
        """Nobody gets webhooks any more."""
        self._sandbox.webhooks.endpoints.clear()
        return JSONResponse({"data": []})

    async def release(self, request: Request) -> Response:
        """Let held webhooks go; ``{"events": [ids]}`` chooses which, and in what order."""
        wish = (await _json(request)).get("events")
        if wish is not None and not isinstance(wish, list):
            raise BadRequestError("events must be a list of event ids")
        released = self._sandbox.webhooks.release(wish)
        return JSONResponse({"deliveries": [delivery.as_json() for delivery in released]}, 202)

    async def pay(self, request: Request) -> Response:
        """Pay a session as the page does, without the page."""
        wish = await _json(request)
        instrument = _instrument(wish)
        email, name = wish.get("email"), wish.get("name")
        if not isinstance(email, str | None) or not isinstance(name, str | None):
            raise BadRequestError("email and name must be strings")
        session_id = request.path_params["session_id"]
        self._sandbox.run_due()
        try:
            session = checkout_payment.pay(self._sandbox, session_id, instrument, email, name)
        except CardError as decline:
            body = {"outcome": "declined", "decline_code": decline.details["decline_code"]}
            return JSONResponse({**body, "message": decline.message}, 402)
        outcome = _outcome(self._sandbox, session)
        return JSONResponse(
            {"outcome": outcome, "session": session, "redirect_to": return_address(session)}
        )

    async def violations(self, request: Request) -> Response:
        """What was not as Stripe describes it, since ``--check`` watches; a reset keeps it."""
        watch = self._watch()
        return JSONResponse({"count": watch.count, "data": watch.findings()})

    async def clear_violations(self, request: Request) -> Response:
        """Forget what was found."""
        self._watch().clear()
        return await self.violations(request)

    def _watch(self) -> Watch:
        if self._sandbox.watch is None:
            raise BadRequestError("start the sandbox with --check")
        return self._sandbox.watch

    async def reset(self, request: Request) -> Response:
        """Forget everything but the endpoints."""
        self._sandbox.reset()
        return JSONResponse({"reset": True})

    def _advance(self, seconds: Any) -> None:
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not number or not 0 <= seconds <= LONGEST_MOVE:
            raise BadRequestError("seconds must be a number from 0 to ten years' worth")
        self._sandbox.advance(seconds)


def _instrument(wish: dict[str, Any]) -> Card | BankAccount:
    """What to pay with: ``{"card": number}`` or ``{"iban": number}``."""
    if "iban" in wish:
        account = by_iban(str(wish["iban"]))
        if account is None:
            raise BadRequestError("iban must be the number of one of Stripe's test accounts")
        return account
    card = by_number(str(wish.get("card", "")))
    if card is None:
        raise BadRequestError("card must be the number of one of Stripe's test cards")
    return card


def _outcome(sandbox: Sandbox, session: Obj) -> str:
    """``paid``, ``processing`` (a debit that its bank has yet to answer) or ``requires_action``."""
    if session["status"] != "complete":
        return "requires_action"
    intent = sandbox.store.payment_intents.find(session["payment_intent"] or "")
    return "processing" if intent and intent["status"] == "processing" else "paid"


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "100")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadRequestError("limit must be a whole number")
    return int(text)


async def _json(request: Request) -> dict[str, Any]:
    if not await request.body():
        return {}
    try:
        document = await request.json()
    except ValueError:
        raise BadRequestError("the body must be JSON") from None
    if not isinstance(document, dict):
        raise BadRequestError("the body must be a JSON object")
    return document


def _guarded(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except BadRequestError as problem:
            return JSONResponse({"error": {"message": str(problem)}}, 400)
        except StripeError as error:
            return JSONResponse({"error": {"message": error.message}}, error.status)

    return answer
