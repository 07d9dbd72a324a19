"""The account's balance: what each currency holds, available or still on its way.

It is counted as transactions are made, since old ones are not kept for ever.
"""

from __future__ import annotations

from ..call import Call
from ..sandbox import Sandbox
from ..store import Obj


def of_currency(sandbox: Sandbox, currency: str) -> Obj:
    """What there is in one currency, in minor units: ``available`` and ``pending``."""
    known = sandbox.store.balances.find(currency)
    if known is not None:
        return known
    return sandbox.store.balances.add(
        {"id": currency, "available": 0, "pending": 0, "announced_at": None}
    )


def count(sandbox: Sandbox, transaction: Obj) -> None:
    """Add a new transaction to the balance, and see to it that it becomes available in time."""
    held = of_currency(sandbox, transaction["currency"])
    place = transaction["status"]
    sandbox.store.balances.update(held["id"], **{place: held[place] + transaction["net"]})
    if place == "pending":
        sandbox.schedule(transaction["available_on"], "make_available", transaction["id"])


def make_available(sandbox: Sandbox, transaction_id: str) -> None:
    """The money has arrived; once all that is due at this time has, the event tells of it."""
    transaction = sandbox.store.balance_transactions.find(transaction_id)
    if transaction is None:
        return
    sandbox.store.balance_transactions.update(transaction_id, status="available")
    held = of_currency(sandbox, transaction["currency"])
    now = sandbox.clock.now()
    if held["announced_at"] != now:
        sandbox.schedule(transaction["available_on"], "announce_balance", held["id"])
    sandbox.store.balances.update(
        held["id"],
        available=held["available"] + transaction["net"],
        pending=held["pending"] - transaction["net"],
        announced_at=now,
    )


def announce(sandbox: Sandbox, currency: str) -> None:
    """Tell that there is more to be paid out."""
    sandbox.emit("balance.available", _shown(sandbox))


def _shown(sandbox: Sandbox) -> Obj:
    held = [sandbox.store.balances.get(currency) for currency in _currencies(sandbox)]
    return {
        "object": "balance",
        "available": [_amount(one, "available") for one in held],
        "livemode": False,
        "pending": [_amount(one, "pending") for one in held],
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def _currencies(sandbox: Sandbox) -> list[str]:
    return sorted(held["id"] for held in sandbox.store.balances.newest_first())


def _amount(held: Obj, place: str) -> Obj:
    amount = held[place]
    return {"amount": amount, "currency": held["id"], "source_types": {"card": amount}}


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance``."""
    of_currency(sandbox, "usd")
    return _shown(sandbox)
