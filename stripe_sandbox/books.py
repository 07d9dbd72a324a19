"""The second set of books: what became of each payment, to compare a shop's own books with.

Amounts are integers in minor units of the line's currency. Only refunds that stand count as
refunded (pending ones too, since their money has left), and only disputes that have taken the
money count as disputed: neither inquiries nor those that were won.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from .sandbox import Sandbox
from .store import Collection, Obj

Line = dict[str, Any]
_SUMMED = ("received", "refunded", "disputed", "net")


def lines(sandbox: Sandbox, intent_id: str | None = None) -> Iterator[Line]:
    """A line per PaymentIntent that is kept, newest first; or that of one."""
    refunds = _by_intent(sandbox.store.collections()["refunds"])
    disputes = _by_intent(sandbox.store.collections().get("disputes"))
    for intent in sandbox.store.payment_intents.newest_first():
        if intent_id in (None, intent["id"]):
            yield _line(sandbox, intent, refunds[intent["id"]], disputes[intent["id"]])


def totals(of: Iterable[Line]) -> dict[str, dict[str, int]]:
    """The sums over these lines, by currency."""
    sums: dict[str, dict[str, int]] = {}
    for line in of:
        of_currency = sums.setdefault(line["currency"], dict.fromkeys(_SUMMED, 0))
        for name in _SUMMED:
            of_currency[name] += line[name]
    return sums


def _by_intent(collection: Collection | None) -> defaultdict[str, list[Obj]]:
    found: defaultdict[str, list[Obj]] = defaultdict(list)
    for obj in collection.newest_first() if collection else ():
        found[obj["payment_intent"]].append(obj)
    return found


def _line(sandbox: Sandbox, intent: Obj, refunds: list[Obj], disputes: list[Obj]) -> Line:
    refunded = sum(r["amount"] for r in refunds if r["status"] not in ("failed", "canceled"))
    disputed = sum(d["amount"] for d in disputes if _has_money(d))
    session_id = sandbox.store.payment_intents.part(intent["id"])["session"]
    session = sandbox.store.checkout_sessions.find(session_id or "")
    return {
        "payment_intent": intent["id"],
        "created": intent["created"],
        "currency": intent["currency"],
        "amount": intent["amount"],
        "status": intent["status"],
        "received": intent["amount_received"],
        "held": intent["amount_capturable"],
        "refunded": refunded,
        "disputed": disputed,
        "net": intent["amount_received"] - refunded - disputed,
        "charge": intent["latest_charge"],
        "checkout_session": session_id,
        "client_reference_id": session["client_reference_id"] if session else None,
        "metadata": intent["metadata"],
        "refunds": [_short(refund) for refund in refunds],
        "disputes": [_short(dispute) for dispute in disputes],
    }


def _has_money(dispute: Obj) -> bool:
    status: str = dispute["status"]
    return status != "won" and not status.startswith("warning_")


def _short(obj: Obj) -> Line:
    return {name: obj[name] for name in ("id", "amount", "status", "created", "metadata")}
