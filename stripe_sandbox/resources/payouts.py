"""Payouts: money on its way from the balance to the bank."""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Call, Origin
from ..errors import StateConflictError, resource_missing
from ..lists import cut, within
from ..money import check_granularity, read_currency
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import balance, balance_transactions

#: The one bank account of the sandbox's merchant.
DESTINATION = "ba_1SandboxBankAccount000000"
DAY = 24 * 3600
#: How long a payout waits, and can be cancelled, before it is handed to the bank.
SUBMITTED_AFTER = 3600
INSTANT_SECONDS = 30 * 60


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payouts``: at most what is available in that currency."""
    params = call.params
    currency = read_currency(params["currency"])
    check_granularity(params["amount"], currency, "amount")
    if params.get("destination", DESTINATION) != DESTINATION:
        raise resource_missing("external account", params["destination"], "destination")
    if params["amount"] > balance.of_currency(sandbox, currency)["available"]:
        raise StateConflictError(
            "You have insufficient funds in your Stripe account for this transfer. You can use "
            "the /v1/balance endpoint to view your Stripe balance.",
            code="balance_insufficient",
        )
    return _new(sandbox, params["amount"], currency, params, call.origin)


def sweep(sandbox: Sandbox, currency: str) -> Obj:
    """An automatic payout of all that is available, made of all transactions since the last one."""
    amount = balance.of_currency(sandbox, currency)["available"]
    if amount <= 0:
        raise StateConflictError(f"There is nothing to pay out in {currency.upper()}.")
    transactions = sandbox.store.balance_transactions
    members = [
        one["id"]
        for one in transactions.newest_first()
        if one["currency"] == currency
        and one["status"] == "available"
        and transactions.part(one["id"])["payout"] is None
    ]
    payout = _new(sandbox, amount, currency, {}, NO_REQUEST, members=members)
    for transaction_id in (*members, payout["balance_transaction"]):
        transactions.part(transaction_id)["payout"] = payout["id"]
    return payout


def _new(
    sandbox: Sandbox,
    amount: int,
    currency: str,
    wish: dict[str, Any],
    origin: Origin,
    *,
    members: list[str] | None = None,
    **more: Any,
) -> Obj:
    now = sandbox.clock.now()
    instant = wish.get("method") == "instant"
    arrival = now + INSTANT_SECONDS if instant else now - now % DAY + 2 * DAY
    payout = {
        "id": sandbox.ids.new("po_"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": members is not None,
        "created": now,
        "currency": currency,
        "description": wish.get("description"),
        "destination": DESTINATION,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "method": wish.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable" if members is None else "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": wish.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
        **more,
    }
    booked = balance_transactions.of_payout(sandbox, payout, "payout")
    payout["balance_transaction"] = booked["id"]
    sandbox.store.payouts.add(payout)
    sandbox.store.payouts.attach(payout["id"], {"members": members or []})
    sandbox.emit("payout.created", payout, origin)
    sandbox.schedule(now + (0 if instant else SUBMITTED_AFTER), "submit_payout", payout["id"])
    sandbox.schedule(arrival, "pay_payout", payout["id"])
    return payout


def submit(sandbox: Sandbox, payout_id: str) -> None:
    """Hand a pending payout to the bank."""
    payout = sandbox.store.payouts.find(payout_id)
    if payout is not None and payout["status"] == "pending":
        sent = sandbox.store.payouts.update(payout_id, status="in_transit")
        sandbox.emit("payout.updated", sent, NO_REQUEST, {"status": "pending"})


def pay(sandbox: Sandbox, payout_id: str) -> None:
    """The money has arrived."""
    payout = sandbox.store.payouts.find(payout_id)
    if payout is not None and payout["status"] in ("pending", "in_transit"):
        sandbox.emit("payout.paid", sandbox.store.payouts.update(payout_id, status="paid"))


def fail(sandbox: Sandbox, payout: Obj) -> Obj:
    """The bank sends the money back, even after it seemed to have arrived."""
    back = balance_transactions.of_payout(sandbox, payout, "payout_failure")
    failed = sandbox.store.payouts.update(
        payout["id"],
        failure_balance_transaction=back["id"],
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
        status="failed",
    )
    sandbox.emit("payout.failed", failed)
    return failed


def cancel(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payouts/{id}/cancel``: before it is handed to the bank."""
    payout = sandbox.store.payouts.get(call.id)
    if payout["status"] != "pending" or payout["automatic"]:
        raise StateConflictError(
            f"Payout {call.id} cannot be canceled: only a pending payout that was created by hand "
            f"can be, and its status is {payout['status']}."
        )
    back = balance_transactions.of_payout(sandbox, payout, "payout_cancel")
    canceled = sandbox.store.payouts.update(
        call.id, failure_balance_transaction=back["id"], status="canceled"
    )
    sandbox.emit("payout.canceled", canceled, call.origin)
    return canceled


def reverse(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payouts/{id}/reverse``: a payout the other way, once the first has arrived."""
    payout = sandbox.store.payouts.get(call.id)
    if payout["status"] != "paid" or payout["reversed_by"] or payout["original_payout"]:
        raise StateConflictError(
            f"Payout {call.id} cannot be reversed: only a paid payout that was not reversed yet "
            f"can be, and its status is {payout['status']}."
        )
    amount, currency = -payout["amount"], payout["currency"]
    back = _new(sandbox, amount, currency, call.params, call.origin, original_payout=call.id)
    sandbox.store.payouts.update(call.id, reversed_by=back["id"])
    return back


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payouts/{id}``."""
    return sandbox.store.payouts.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payouts/{id}``: its metadata."""
    old = sandbox.store.payouts.get(call.id)
    metadata = merge_metadata(old["metadata"], call.params.get("metadata"))
    changed = sandbox.store.payouts.update(call.id, metadata=metadata)
    sandbox.emit("payout.updated", changed, call.origin, {"metadata": old["metadata"]})
    return changed


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payouts``."""
    params = call.params
    wanted = {name: params[name] for name in ("destination", "status") if name in params}
    arrives = within(params.get("arrival_date", {}), "arrival_date")

    def matches(payout: Obj) -> bool:
        return arrives(payout) and all(payout[name] == value for name, value in wanted.items())

    return cut(sandbox.store.payouts, call.path, params, matches)
