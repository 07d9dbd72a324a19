"""The pages that a shop's customer sees: payment, authentication, and what comes after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from . import payment_form
from .errors import CardError, StripeError
from .money import display
from .payment_form import RefusedError
from .resources import checkout_payment
from .resources.checkout_sessions import line_items_of, return_address, shop_of
from .resources.confirmation import AUTHENTICATION_FAILED
from .sandbox import Sandbox
from .store import Obj

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
templates.env.filters["money"] = display
templates.env.filters["utc"] = lambda seconds: datetime.fromtimestamp(seconds, UTC)


_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


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
            session = self._try(session, typed)
        except RefusedError as refusal:
            problem = {refusal.field: refusal.message}
            return self._form(request, session, typed, problem, status=422)
        except CardError as decline:
            return self._form(request, session, typed, {"card": decline.message}, status=402)
        if session["status"] == "open":
            intent_id = checkout_payment.intent_id_of(self._sandbox, session)
            return RedirectResponse(f"/c/authenticate/{intent_id}", 303)
        return RedirectResponse(return_address(session), 303)

    def _try(self, session: Obj, typed: Mapping[str, str]) -> Obj:
        instrument = payment_form.instrument(typed, session, self._sandbox.clock.now())
        email = payment_form.email(typed, session)
        name = typed.get("name", "").strip() or None
        return checkout_payment.pay(self._sandbox, session["id"], instrument, email, name)

    async def ask(self, request: Request) -> Response:
        """The bank's page: is it you?"""
        intent_id = request.path_params["intent_id"]
        intent = checkout_payment.intents(self._sandbox, intent_id).find(intent_id)
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
        session = checkout_payment.session_of(self._sandbox, intent_id)
        if session is None:
            return RedirectResponse(self._way_back(intent_id), 303)
        if problem is not None:
            return self._form(request, session, {}, {"card": problem}, status=402)
        return RedirectResponse(return_address(session), 303)

    def _way_back(self, intent_id: str) -> str:
        kept = checkout_payment.intents(self._sandbox, intent_id).part(intent_id)
        kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
        return _with(kept["return_url"] or "/", **{kind: intent_id})

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
        return _page(
            request,
            "pay.html",
            status,
            session=session,
            items=line_items_of(self._sandbox, session, {"limit": 100})["data"],
            merchant=self._sandbox.settings.merchant,
            shop=shop_of(session),
            needs_instrument=payment_form.needs_instrument(session),
            groups=payment_form.card_groups(session),
            accounts=payment_form.accounts(session),
            typed=payment_form.presentable(typed),
            problems=problems or {},
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
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return templates.TemplateResponse(
        request, template, context, status_code=status, headers=headers
    )


def _with(url: str, **query: str) -> str:
    joined = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{url}{'&' if '?' in url else '?'}{joined}"
