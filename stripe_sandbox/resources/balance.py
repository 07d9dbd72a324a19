"""The account's balance: what each currency holds, available or still on its way.

It is counted as transactions are made, since old ones are not kept for ever.
"""

from __future__ import annotations

from ..call import Call
from ..sandbox import Sandbox
from ..store import Obj


def of_currency(sandbox: Sandbox, currency: str) -> Obj:
    """What there is in one currency, in minor units.

    ``available`` is a sum; ``waiting`` has one for each time at which more becomes available.
    """
    known = sandbox.store.balances.find(f"bal_{currency}")
    if known is not None:
        return known
    return sandbox.store.balances.add(
        {"id": f"bal_{currency}", "currency": currency, "available": 0, "waiting": {}}
    )


def count(sandbox: Sandbox, transaction: Obj) -> None:
    """Add a new transaction to the balance, and see to it that it becomes available in time."""
    held, net = of_currency(sandbox, transaction["currency"]), transaction["net"]
    if transaction["status"] == "available":
        sandbox.store.balances.update(held["id"], available=held["available"] + net)
        return
    waiting, at = held["waiting"], transaction["available_on"]
    if at not in waiting:
        sandbox.schedule(at, "make_available", held["id"])
    sandbox.store.balances.update(held["id"], waiting={**waiting, at: waiting.get(at, 0) + net})


def make_available(sandbox: Sandbox, balance_id: str) -> None:
    """Money that waited until now can be paid out; one event tells of all of it."""
    held = sandbox.store.balances.find(balance_id)
    if held is None:
        return
    now = sandbox.clock.now()
    arrived = sum(net for at, net in held["waiting"].items() if at <= now)
    waiting = {at: net for at, net in held["waiting"].items() if at > now}
    sandbox.store.balances.update(
        balance_id, available=held["available"] + arrived, waiting=waiting
    )
    for transaction in list(sandbox.store.balance_transactions.newest_first()):
        if transaction["status"] == "pending" and transaction["available_on"] <= now:
            sandbox.store.balance_transactions.update(transaction["id"], status="available")
    sandbox.emit("balance.available", _shown(sandbox))


def _shown(sandbox: Sandbox) -> Obj:
    known = sorted(sandbox.store.balances.newest_first(), key=lambda held: str(held["currency"]))
    return {
        "object": "balance",
        "available": [_amount(held, held["available"]) for held in known],
        "livemode": False,
        "pending": [_amount(held, sum(held["waiting"].values())) for held in known],
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def _amount(held: Obj, amount: int) -> Obj:
    return {"amount": amount, "currency": held["currency"], "source_types": {"card": amount}}


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance``."""
    of_currency(sandbox, "usd")
    return _shown(sandbox)
