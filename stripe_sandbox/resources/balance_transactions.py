"""Balance transactions: what each charge, refund, dispute and payout does to the account."""

from __future__ import annotations

from ..call import Call
from ..errors import InvalidParamsError
from ..lists import cut
from ..money import decimals
from ..sandbox import Sandbox
from ..store import Obj
from . import balance

#: Money of a payment can be paid out on the second midnight (UTC) after it.
DAY = 24 * 3600
DISPUTE_FEE = 1500


def _new(
    sandbox: Sandbox,
    source: Obj,
    kind: str,
    amount: int,
    *,
    fee: int = 0,
    category: str | None = None,
    available_on: int | None = None,
    description: str | None = None,
) -> Obj:
    now = sandbox.clock.now()
    transaction = sandbox.store.balance_transactions.add(
        {
            "id": sandbox.ids.new("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available_on or now,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "description": description or source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [_fee(source, kind, fee)] if fee else [],
            "net": amount - fee,
            "reporting_category": category or kind,
            "source": source["id"],
            "status": "pending" if available_on and available_on > now else "available",
            "type": kind,
        }
    )
    sandbox.store.balance_transactions.attach(transaction["id"], {"payout": None})
    balance.count(sandbox, transaction)
    return transaction


def _fee(source: Obj, kind: str, fee: int) -> Obj:
    return {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees",
        "type": "stripe_fee",
    }


def of_charge(sandbox: Sandbox, charge: Obj, amount: int, *, at_once: bool = False) -> Obj:
    """Money in: 2.9 % and 30 minor units are kept as the fee (none of it is real)."""
    fixed = 30 if decimals(charge["currency"]) else 0
    fee = min(amount, amount * 29 // 1000 + fixed)
    now = sandbox.clock.now()
    available_on = None if at_once else now - now % DAY + 2 * DAY
    is_card = charge["id"].startswith("ch_")
    return _new(
        sandbox,
        charge,
        "charge" if is_card else "payment",
        amount,
        fee=fee,
        category="charge",
        available_on=available_on,
    )


def of_refund(sandbox: Sandbox, refund: Obj) -> Obj:
    """Money out; the fee of the charge is not given back."""
    kind = "refund" if refund["id"].startswith("re_") else "payment_refund"
    return _new(sandbox, refund, kind, -refund["amount"], category="refund")


def of_failed_refund(sandbox: Sandbox, refund: Obj) -> Obj:
    """Money that came back because the bank would not take it, or the refund was cancelled."""
    is_card = refund["id"].startswith("re_")
    kind = "refund_failure" if is_card else "payment_failure_refund"
    return _new(sandbox, refund, kind, refund["amount"], category="refund_failure")


def of_dispute(sandbox: Sandbox, dispute: Obj) -> Obj:
    """Money that the card's bank took back, and the fee for it."""
    return _new(
        sandbox,
        dispute,
        "adjustment",
        -dispute["amount"],
        fee=DISPUTE_FEE,
        category="dispute",
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )


def of_won_dispute(sandbox: Sandbox, dispute: Obj) -> Obj:
    """The disputed money again, and its fee."""
    return _new(
        sandbox,
        dispute,
        "adjustment",
        dispute["amount"],
        fee=-DISPUTE_FEE,
        category="dispute_reversal",
        description=f"Chargeback reversal for {dispute['charge']}",
    )


def of_payout(sandbox: Sandbox, payout: Obj, kind: str) -> Obj:
    """Money to the bank (``payout``), or back from it (``payout_cancel``, ``payout_failure``)."""
    amount = -payout["amount"] if kind == "payout" else payout["amount"]
    category = "payout" if kind == "payout" else "payout_reversal"
    return _new(sandbox, payout, kind, amount, category=category)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance_transactions/{id}``."""
    return sandbox.store.balance_transactions.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/balance_transactions``; ``payout`` asks what an automatic payout is made of."""
    params = call.params
    wanted = {name: params[name] for name in ("currency", "source", "type") if name in params}
    members = _members(sandbox, params["payout"]) if "payout" in params else None

    def matches(transaction: Obj) -> bool:
        return all(transaction[name] == value for name, value in wanted.items()) and (
            members is None or transaction["id"] in members
        )

    return cut(sandbox.store.balance_transactions, call.path, params, matches)


def _members(sandbox: Sandbox, payout_id: str) -> set[str]:
    payout = sandbox.store.payouts.get(payout_id, "payout")
    if not payout["automatic"]:
        raise InvalidParamsError(
            "Balance transaction history can only be filtered on automatic payouts, not manual.",
            param="payout",
        )
    return {payout["balance_transaction"], *sandbox.store.payouts.part(payout_id)["members"]}
