"""What befalls a payment without anybody calling the API: the bank's and the owner's doings.

Each is a function of the sandbox and an object's id, which raises ``StateConflictError`` where it
cannot happen. The control API does them now, the fault plan later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from .errors import StateConflictError, StripeError
from .resources import payment_intents, refunds
from .sandbox import Sandbox, Task
from .store import Obj


def fail_refund(sandbox: Sandbox, refund_id: str) -> Obj:
    """The bank sends a refund back."""
    refund = sandbox.store.refunds.get(refund_id)
    if refund["status"] not in ("succeeded", "pending"):
        raise StateConflictError(f"This refund is {refund['status']} already.")
    charge = sandbox.store.charges.get(refund["charge"])
    return refunds.fail(sandbox, refund, charge, "unknown")


def lapse_hold(sandbox: Sandbox, intent_id: str) -> Obj:
    """The bank lets a hold go before it was captured."""
    intent = sandbox.store.payment_intents.get(intent_id)
    if intent["status"] != "requires_capture":
        raise StateConflictError("This PaymentIntent holds no money.")
    payment_intents.let_hold_lapse(sandbox, intent_id)
    return sandbox.store.payment_intents.get(intent_id)


class Outcome(NamedTuple):
    """One thing that can befall the objects of ``collection``; ``label`` is its button's text."""

    collection: str
    happen: Callable[[Sandbox, str], Obj]
    label: str


#: By the name that the control API and the fault plan know them by.
OUTCOMES = {
    "fail_refund": Outcome("refunds", fail_refund, "Let it fail"),
    "lapse_hold": Outcome("payment_intents", lapse_hold, "Let the hold lapse"),
}


def _when_due(happen: Callable[[Sandbox, str], Obj]) -> Task:
    def task(sandbox: Sandbox, object_id: str) -> None:
        with suppress(StripeError):  # meanwhile it may have become impossible
            happen(sandbox, object_id)

    return task


TASKS: dict[str, Task] = {name: _when_due(outcome.happen) for name, outcome in OUTCOMES.items()}
