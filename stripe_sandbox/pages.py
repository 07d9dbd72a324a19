"""The pages that a shop's customer sees: payment, authentication, and what comes after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from .cards import CARDS, NOT_A_TEST_CARD, Card, by_number
from .errors import CardError, StripeError
from .money import display
from .resources import checkout_payment
from .resources.checkout_sessions import line_items_of, return_address, shop_of
from .resources.confirmation import AUTHENTICATION_FAILED
from .sandbox import Sandbox
from .store import Obj

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})\Z", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
templates.env.filters["money"] = display


class RefusedError(Exception):
    """What was typed will not do; the message is shown at the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Pages:
    """Handlers of the payment page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Where the pages are."""
        return [
            Route("/c/pay/{session_id}", self.show, methods=["GET"]),
            Route("/c/pay/{session_id}", self.pay, methods=["POST"]),
            Route("/c/authenticate/{intent_id}", self.ask, methods=["GET"]),
            Route("/c/authenticate/{intent_id}", self.authenticate, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form, or what became of the session."""
        session = self._session(request)
        if session is None:
            return _page(request, "gone.html", 404)
        if session["status"] != "open":
            return self._over(request, session)
        return self._form(request, session, {})

    async def pay(self, request: Request) -> Response:
        """Try the card; back to the shop, to the card's owner, or to the form with a reason."""
        async with request.form() as form:
            typed = {name: value for name, value in form.items() if isinstance(value, str)}
        session = self._session(request)
        if session is None:
            return _page(request, "gone.html", 404)
        if session["status"] == "complete":
            return RedirectResponse(return_address(session), 303)
        if session["status"] != "open":
            return self._over(request, session)
        try:
            card, email = _card(typed, self._sandbox.clock.now(), session), _email(typed, session)
            session = checkout_payment.pay(
                self._sandbox, session["id"], card, email, typed.get("name", "").strip() or None
            )
        except RefusedError as refusal:
            problem = {refusal.field: refusal.message}
            return self._form(request, session, typed, problem, status=422)
        except CardError as decline:
            return self._form(request, session, typed, {"card": decline.message}, status=402)
        if session["status"] == "open":
            return RedirectResponse(f"/c/authenticate/{session['payment_intent']}", 303)
        return RedirectResponse(return_address(session), 303)

    async def ask(self, request: Request) -> Response:
        """The bank's page: is it you?"""
        intent = self._sandbox.store.payment_intents.find(request.path_params["intent_id"])
        if intent is None or intent["status"] != "requires_action":
            return _page(request, "gone.html", 404)
        return _page(request, "authenticate.html", intent=intent)

    async def authenticate(self, request: Request) -> Response:
        """The owner's answer."""
        intent_id = request.path_params["intent_id"]
        async with request.form() as form:
            success = form.get("answer") == "yes"
        problem = None
        try:
            intent = checkout_payment.authenticate(self._sandbox, intent_id, success=success)
            if intent["status"] == "requires_payment_method":
                problem = AUTHENTICATION_FAILED
        except CardError as decline:
            problem = decline.message
        except StripeError:
            return _page(request, "gone.html", 404)
        kept = self._sandbox.store.payment_intents.part(intent_id)
        session = self._sandbox.store.checkout_sessions.find(kept["session"] or "")
        if session is None:
            return RedirectResponse(_with(kept["return_url"] or "/", payment_intent=intent_id), 303)
        if problem is not None:
            return self._form(request, session, {}, {"card": problem}, status=402)
        return RedirectResponse(return_address(session), 303)

    def _session(self, request: Request) -> Obj | None:
        self._sandbox.run_due()
        return self._sandbox.store.checkout_sessions.find(request.path_params["session_id"])

    def _form(
        self,
        request: Request,
        session: Obj,
        typed: Mapping[str, str],
        problems: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        # A number that is none of ours is never sent back either: it might be a real one.
        number = typed.get("number", "") if by_number(typed.get("number", "")) else ""
        return _page(
            request,
            "pay.html",
            status,
            session=session,
            items=line_items_of(self._sandbox, session, {"limit": 100})["data"],
            merchant=self._sandbox.settings.merchant,
            shop=shop_of(session),
            cards=CARDS,
            typed={**typed, "number": number},
            problems=problems or {},
            expires=datetime.fromtimestamp(session["expires_at"], UTC),
        )

    def _over(self, request: Request, session: Obj) -> Response:
        return _page(
            request,
            "over.html",
            session=session,
            merchant=self._sandbox.settings.merchant,
            address=return_address(session),
        )


def _page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return templates.TemplateResponse(
        request, template, context, status_code=status, headers=headers
    )


def _card(typed: Mapping[str, str], now: int, session: Obj) -> Card:
    """The card that was chosen by button, or typed with expiry and security code."""
    chosen = by_number(typed.get("card", ""))
    if chosen is not None:
        return chosen
    if not session["amount_total"]:
        return CARDS[0]
    number = typed.get("number", "").strip()
    if not number:
        raise RefusedError("number", "Your card number is incomplete.")
    card = by_number(number)
    if card is None:
        raise RefusedError("number", NOT_A_TEST_CARD)
    expiry = _EXPIRY.match(typed.get("expiry", "").strip())
    if expiry is None:
        raise RefusedError("expiry", "Write the expiry date as MM / YY; any date to come will do.")
    today = datetime.fromtimestamp(now, UTC)
    if (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
        raise RefusedError("expiry", "Your card's expiration date is in the past.")
    code = typed.get("cvc", "").strip()
    if not (code.isascii() and code.isdigit() and len(code) in (3, 4)):
        raise RefusedError("cvc", "The security code has three digits; any will do.")
    return card


def _email(typed: Mapping[str, str], session: Obj) -> str | None:
    email = typed.get("email", "").strip() or session["customer_email"]
    if email and not _EMAIL.match(email):
        raise RefusedError("email", "This is not an e-mail address.")
    return email or None


def _with(url: str, **query: str) -> str:
    joined = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{url}{'&' if '?' in url else '?'}{joined}"
