"""What befalls a payment without anybody calling the API: the bank's and the owner's doings.

The control API and page have it happen now, the fault plan later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from .errors import StateConflictError, StripeError
from .resources import chargebacks, payment_intents, payouts, refunds
from .sandbox import Sandbox, Task
from .store import Obj


class Outcome(NamedTuple):
    """What can befall the objects of ``collection`` that have one of ``statuses``."""

    collection: str
    statuses: tuple[str, ...]
    happen: Callable[[Sandbox, Obj], object]
    #: The text of its button.
    label: str


def _fail_refund(sandbox: Sandbox, refund: Obj) -> None:
    charge = sandbox.store.charges.get(refund["charge"])
    refunds.fail(sandbox, refund, charge, "unknown")


def _lapse_hold(sandbox: Sandbox, intent: Obj) -> None:
    payment_intents.let_hold_lapse(sandbox, intent["id"])


def _dispute(sandbox: Sandbox, charge: Obj) -> None:
    chargebacks.new(sandbox, charge)


def _win(sandbox: Sandbox, dispute: Obj) -> None:
    chargebacks.decide(sandbox, dispute, "won")


def _lose(sandbox: Sandbox, dispute: Obj) -> None:
    chargebacks.decide(sandbox, dispute, "lost")


_UNDECIDED = (*chargebacks.OPEN, *chargebacks.UNDER_REVIEW)
#: By the name that the control API and the fault plan know them by.
OUTCOMES = {
    "fail_refund": Outcome("refunds", ("succeeded", "pending"), _fail_refund, "Let it fail"),
    "ask_about_refund": Outcome(
        "refunds", ("succeeded", "pending"), refunds.ask_customer, "Ask the customer"
    ),
    "dispute_charge": Outcome("charges", ("succeeded",), _dispute, "Dispute it"),
    "fail_payout": Outcome(
        "payouts", ("pending", "in_transit", "paid"), payouts.fail, "Let it fail"
    ),
    "win_dispute": Outcome("disputes", _UNDECIDED, _win, "Let the shop win"),
    "lose_dispute": Outcome("disputes", _UNDECIDED, _lose, "Let the shop lose"),
    "lapse_hold": Outcome(
        "payment_intents", ("requires_capture",), _lapse_hold, "Let the hold lapse"
    ),
}


def befall(sandbox: Sandbox, kind: str, object_id: str) -> Obj:
    """Have it happen now; returns the object as it is afterwards.

    Raises ``StateConflictError`` where the object's status does not allow it.
    """
    outcome = OUTCOMES[kind]
    collection = sandbox.store.collections()[outcome.collection]
    obj = collection.get(object_id)
    if obj["status"] not in outcome.statuses:
        raise StateConflictError(f"{kind} cannot befall it any more: it is {obj['status']}.")
    outcome.happen(sandbox, obj)
    return collection.get(object_id)


def _when_due(kind: str) -> Task:
    def task(sandbox: Sandbox, object_id: str) -> None:
        with suppress(StripeError):  # meanwhile it may have become impossible
            befall(sandbox, kind, object_id)

    return task


TASKS: dict[str, Task] = {kind: _when_due(kind) for kind in OUTCOMES}
