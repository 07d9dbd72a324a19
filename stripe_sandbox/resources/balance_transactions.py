"""Balance transactions: what each charge and refund does to the account, fees included."""

from __future__ import annotations

from ..call import Call
from ..lists import page
from ..money import decimals
from ..sandbox import Sandbox
from ..store import Obj


def _new(sandbox: Sandbox, source: Obj, kind: str, amount: int, fee: int) -> Obj:
    now = sandbox.clock.now()
    fee_detail = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return sandbox.store.balance_transactions.add(
        {
            "id": sandbox.ids.new("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [fee_detail] if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source["id"],
            "status": "available",
            "type": kind,
        }
    )


def of_charge(sandbox: Sandbox, charge: Obj, amount: int) -> Obj:
    """Money in: 2.9 % and 30 minor units are kept as the fee (none of it is real)."""
    fixed = 30 if decimals(charge["currency"]) else 0
    kind = "charge" if charge["id"].startswith("ch_") else "payment"
    return _new(sandbox, charge, kind, amount, min(amount, amount * 29 // 1000 + fixed))


def of_refund(sandbox: Sandbox, refund: Obj) -> Obj:
    """Money out; the fee of the charge is not given back."""
    return _new(sandbox, refund, "refund", -refund["amount"], 0)


def of_failed_refund(sandbox: Sandbox, refund: Obj) -> Obj:
    """Money that came back because the bank would not take it."""
    return _new(sandbox, refund, "refund_failure", refund["amount"], 0)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance_transactions/{id}``."""
    return sandbox.store.balance_transactions.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance_transactions``."""
    return page(
        sandbox.store.balance_transactions, call.path, call.params, "currency", "source", "type"
    )
