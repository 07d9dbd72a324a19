"""The ASGI application: Stripe's API, the payment page and the control page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from . import outcomes
from .control import Control
from .dashboard import Dashboard
from .pages import Pages
from .resources import (
    balance,
    bank_debits,
    chargebacks,
    checkout_sessions,
    invoicing,
    payment_intents,
    refunds,
)
from .sandbox import Reaction, Sandbox, Settings, Task
from .transport import Api

#: What can stand on the agenda.
TASKS: dict[str, Task] = {
    "finalize_invoice": invoicing.finalize_in_time,
    "note_overdue": invoicing.note_overdue,
    "retry_invoice": invoicing.retry,
    "expire_session": checkout_sessions.expire_in_time,
    "let_hold_lapse": payment_intents.let_hold_lapse,
    "announce_balance": balance.announce,
    "end_review": chargebacks.end_review,
    "give_up_waiting": chargebacks.give_up_waiting,
    "make_available": balance.make_available,
    "raise_dispute": chargebacks.raise_of,
    "settle_debit": bank_debits.settle,
    "settle_refund": refunds.settle,
    **outcomes.TASKS,
}
#: What an event sets off inside, by its type.
REACTIONS: dict[str, Reaction] = {
    "payment_intent.payment_failed": invoicing.fail,
    "payment_intent.requires_action": invoicing.ask_owner,
    "payment_intent.succeeded": invoicing.settle,
}


class App:
    """Sends API calls straight to the API, which is to be fast, and all else to Starlette."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._api = Api(sandbox)
        self._rest = _pages(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._api(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def build(settings: Settings, webhooks: list[tuple[str, list[str]]]) -> App:
    """An application with books of its own; ``webhooks`` are addresses and their secrets."""
    sandbox = Sandbox(settings, TASKS, REACTIONS)
    for url, secrets in webhooks:
        sandbox.webhooks.register(url, secrets)
    return App(sandbox)


def _pages(sandbox: Sandbox) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(sandbox.run())
        yield
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        await sandbox.webhooks.close()

    static = StaticFiles(directory=Path(__file__).parent / "static")
    routes: list[Route | Mount] = [
        *Control(sandbox).routes(),
        *Dashboard(sandbox).routes(),
        *Pages(sandbox).routes(),
        Mount("/static", static),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
