"""The books at the end of a fault test: all invariants, and the sandbox's books beside ours."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Sum

from payments.models import Dispute, LedgerEntry, Payment, Refund
from payments.services.audit import breaches
from payments.tests.sandbox import Sandbox

Line = dict[str, Any]


def broken(*, at_rest: bool = False) -> dict[str, list[Any]]:
    """The invariants that do not hold now, each with its offending rows."""
    return {str(breach.invariant): breach.rows for breach in breaches(at_rest=at_rest)}


PAYMENT_STATUS: Final = {
    "succeeded": "SUCCEEDED",
    "processing": "PROCESSING",
    "requires_capture": "AUTHORIZED",
}
REFUND_STATUS: Final = {
    "pending": {"PROCESSING"},
    "requires_action": {"PROCESSING"},
    "succeeded": {"SUCCEEDED"},
    "failed": {"FAILED", "PAID_BY_HAND"},
    "canceled": {"CANCELLED"},
}
DISPUTE_STATUS: Final = {
    "warning_needs_response": "INQUIRY",
    "warning_under_review": "INQUIRY",
    "warning_closed": "CLOSED",
    "needs_response": "NEEDS_RESPONSE",
    "under_review": "UNDER_REVIEW",
    "won": "WON",
    "lost": "LOST",
}


def strangers(sandbox: Sandbox) -> list[str]:
    """Predicate P1: money of the sandbox's books that ours do not show, or show otherwise, and
    money of ours that the sandbox's do not have."""
    lines = sandbox.books()
    found = [odd for line in lines for odd in _strangers_of(line)]
    found += _unknown_there(lines)
    ours, theirs = _clearing(), _cash(lines)
    if ours != theirs:
        found.append(f"the clearing account shows {ours}, the sandbox {theirs}")
    return found


def _strangers_of(line: Line) -> Iterator[str]:
    currency = line["currency"].upper()
    told = (line["received"], currency, PAYMENT_STATUS.get(line["status"], "unpaid"))
    rows = Payment.objects.filter(intent_id=line["payment_intent"])
    written = [(row.captured_minor, row.currency, _paid(row)) for row in rows]
    if written != [told] and (written or told[2] != "unpaid"):
        yield f"{line['payment_intent']} {told}, ours: {written}"
    for refund in line["refunds"]:
        row = Refund.objects.filter(gateway_refund_id=refund["id"]).first()
        ours = (row.amount_minor, row.currency) if row else None
        statuses = REFUND_STATUS[refund["status"]]
        if row is None or ours != (refund["amount"], currency) or row.status not in statuses:
            yield f"{refund['id']} {refund['amount']} {refund['status']}, ours: {ours} {row}"
    for dispute in line["disputes"]:
        known = Dispute.objects.filter(gateway_dispute_id=dispute["id"]).first()
        told = (dispute["amount"], currency, DISPUTE_STATUS[dispute["status"]])
        if (known and (known.amount_minor, known.currency, known.status)) != told:
            yield f"{dispute['id']} {told}, ours: {known}"


def _paid(row: Payment) -> str:
    return row.status if row.status in PAYMENT_STATUS.values() else "unpaid"


def _unknown_there(lines: list[Line]) -> list[str]:
    intents = {line["payment_intent"] for line in lines}
    refunds = {refund["id"] for line in lines for refund in line["refunds"]}
    disputes = {dispute["id"] for line in lines for dispute in line["disputes"]}
    paid = Payment.objects.filter(captured_minor__gt=0).exclude(intent_id__in=intents)
    returned = Refund.objects.exclude(gateway_refund_id__in={"", *refunds})
    disputed = Dispute.objects.exclude(gateway_dispute_id__in=disputes)
    return [f"{row} is only in our books" for rows in (paid, returned, disputed) for row in rows]


def _clearing() -> dict[str, int]:
    entries = LedgerEntry.objects.filter(account="stripe_clearing").values_list("currency")
    return {currency: cash for currency, cash in entries.annotate(Sum("amount_minor")) if cash}


def _cash(lines: list[Line]) -> dict[str, int]:
    """What was received, less what went back or was taken, by currency."""
    cash: Counter[str] = Counter()
    for line in lines:
        back = [r["amount"] for r in line["refunds"] if r["status"] == "succeeded"]
        cash[line["currency"].upper()] += line["received"] - sum(back) - line["disputed"]
    return {currency: amount for currency, amount in cash.items() if amount}


def assert_books(sandbox: Sandbox | None = None, *, at_rest: bool = True) -> None:
    """All invariants hold, and with a sandbox its books and ours show the same money."""
    found = broken(at_rest=at_rest)
    assert not found, found
    unknown = strangers(sandbox) if sandbox else []
    assert not unknown, unknown
