"""The ASGI application: Stripe's API, the payment page and the control page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    checkout_subscription,
    invoicing,
    payment_intents,
    payouts,
    refunds,
    subscription_life,
    test_clocks,
)
from .sandbox import Reaction, Sandbox, Settings, Task
from .state import StateFile
from .transport import Api

#: What can stand on the agenda.
TASKS: dict[str, Task] = {
    "advance_test_clock": test_clocks.run,
    "announce_trial_end": subscription_life.announce_trial_end,
    "expire_subscription": subscription_life.expire,
    "finalize_invoice": invoicing.finalize_in_time,
    "note_overdue": invoicing.note_overdue,
    "renew_subscription": subscription_life.renew_in_time,
    "resume_collection": subscription_life.resume_collection,
    "retry_invoice": invoicing.retry,
    "expire_session": checkout_sessions.expire_in_time,
    "let_hold_lapse": payment_intents.let_hold_lapse,
    "end_review": chargebacks.end_review,
    "give_up_waiting": chargebacks.give_up_waiting,
    "make_available": balance.make_available,
    "pay_payout": payouts.pay,
    "submit_payout": payouts.submit,
    "raise_dispute": chargebacks.raise_of,
    "settle_debit": bank_debits.settle,
    "settle_refund": refunds.settle,
    **outcomes.TASKS,
}
#: What an event sets off inside, by its type.
REACTIONS: dict[str, Reaction] = {
    "checkout.session.expired": checkout_subscription.drop,
    "customer.deleted": subscription_life.end_with_customer,
    "invoice.overdue": subscription_life.note_overdue,
    "invoice.paid": subscription_life.note_payment,
    "invoice.payment_action_required": subscription_life.note_question,
    "invoice.payment_failed": subscription_life.note_failure,
    "payment_intent.payment_failed": invoicing.fail,
    "payment_intent.requires_action": invoicing.ask_owner,
    "payment_intent.succeeded": invoicing.settle,
}


class App:
    """Sends API calls straight to the API, which is to be fast, and all else to Starlette."""

    def __init__(self, sandbox: Sandbox, state: StateFile | None = None) -> None:
        self.sandbox = sandbox
        self._state = state
        self._api = Api(sandbox)
        self._rest = self._pages()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._api(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Time passes, and the state is saved, as long as this context lasts."""
        work = [asyncio.create_task(self.sandbox.run())]
        if self._state is not None:
            work.append(asyncio.create_task(self._state.keep_saving(self.sandbox)))
        yield
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        if self._state is not None:
            self._state.save(self.sandbox)
        await self.sandbox.webhooks.close()

    def _pages(self) -> Starlette:
        static = StaticFiles(directory=Path(__file__).parent / "static")
        routes: list[Route | Mount] = [
            *Control(self.sandbox).routes(),
            *Dashboard(self.sandbox).routes(),
            *Pages(self.sandbox).routes(),
            Mount("/static", static),
        ]
        return Starlette(routes=routes, lifespan=lambda _: self.running())


def build(settings: Settings, webhooks: list[tuple[str, list[str]]]) -> App:
    """An application with books of its own; ``webhooks`` are addresses and their secrets.

    Raises ``DamagedStateError`` where ``settings.state`` cannot be read, ``OSError`` where it
    cannot be written.
    """
    sandbox = Sandbox(settings, TASKS, REACTIONS)
    state = StateFile(settings.state) if settings.state else None
    if state is not None:
        state.load(sandbox)
    for url, secrets in webhooks:
        sandbox.webhooks.register(url, secrets)
    if state is not None:
        state.save(sandbox)
    return App(sandbox, state)
