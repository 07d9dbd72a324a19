"""The life of an invoice: draft, open, then paid, void or uncollectible.

Money is taken by a PaymentIntent, which tells by its events how that went: ``settle``, ``fail``
and ``ask_owner`` are reactions to them, whoever has confirmed the intent.
"""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Origin
from ..errors import CardError, StateConflictError
from ..money import minimum
from ..sandbox import Sandbox
from ..store import Obj
from . import invoice_payments, timeline
from .confirmation import confirm

#: Between an automatic invoice's draft and its finalization Stripe leaves an hour for changes.
DRAFT_SECONDS = 3600
#: When a failed automatic payment is tried again, in seconds after the failure.
RETRY_SECONDS = (3 * 86_400, 5 * 86_400, 7 * 86_400)


def add(sandbox: Sandbox, invoice: Obj, lines: list[Obj], origin: Origin) -> Obj:
    """Put in a new draft; it finalizes by itself where ``automatically_finalizes_at`` says so."""
    invoice = sandbox.store.invoices.add(invoice)
    kept = {"lines": lines, "payments": [], "automatic": False, "all_or_nothing": False}
    sandbox.store.invoices.attach(invoice["id"], kept)
    sandbox.emit("invoice.created", invoice, origin)
    if invoice["automatically_finalizes_at"] is not None:
        at = invoice["automatically_finalizes_at"]
        timeline.schedule(sandbox, invoice, at, "finalize_invoice")
    return invoice


def change(
    sandbox: Sandbox, invoice: Obj, origin: Origin, event: str | None = None, **changes: Any
) -> Obj:
    """The invoice with ``changes``, their ``invoice.updated``, and ``event`` besides."""
    changed = sandbox.store.invoices.update(invoice["id"], **changes)
    previous = {name: invoice[name] for name in changes if invoice[name] != changed[name]}
    if previous:
        sandbox.emit("invoice.updated", changed, origin, previous)
    if event is not None:
        sandbox.emit(event, changed, origin)
    return sandbox.store.invoices.find(invoice["id"]) or changed


def finalize_in_time(sandbox: Sandbox, invoice_id: str) -> None:
    """The hour for changes is over: finalize, and collect the money."""
    invoice = sandbox.store.invoices.find(invoice_id)
    if invoice is not None and invoice["status"] == "draft" and invoice["auto_advance"]:
        advance(sandbox, finalize(sandbox, invoice, NO_REQUEST), NO_REQUEST, off_session=True)


def finalize(sandbox: Sandbox, invoice: Obj, origin: Origin, **wish: Any) -> Obj:
    """Open the draft: number, balance and PaymentIntent; with nothing due it is paid at once.

    ``wish`` holds parameters for the PaymentIntent, and ``session_id`` of a Checkout Session.
    """
    expect(invoice, ("draft",), "finalize")
    now = timeline.now(sandbox, invoice)
    invoice = sandbox.store.invoices.update(
        invoice["id"],
        **_settle_balance(sandbox, invoice, origin),
        automatically_finalizes_at=None,
        effective_at=now,
        number=_number(sandbox, invoice),
        status="open",
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    if invoice["amount_due"]:
        invoice_payments.request(sandbox, invoice, origin, **wish)
    sandbox.emit("invoice.finalized", invoice, origin)
    if not invoice["amount_due"]:
        return _paid(sandbox, invoice, origin)
    return invoice


def _settle_balance(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """Use up the customer's credit, or keep for him what the invoice owes him or is too small."""
    customer = sandbox.store.customers.find(invoice["customer"])
    balance: int = customer["balance"] if customer else 0
    due = max(0, invoice["total"] + balance)
    if due < minimum(invoice["currency"]):
        due = 0
    left = invoice["total"] + balance - due
    if customer is not None and left != balance:
        changed = sandbox.store.customers.update(customer["id"], balance=left)
        sandbox.emit("customer.updated", changed, origin, {"balance": balance})
    return {
        "amount_due": due,
        "amount_remaining": due,
        "ending_balance": left,
        "starting_balance": balance,
    }


def _number(sandbox: Sandbox, invoice: Obj) -> str:
    customer = sandbox.store.customers.find(invoice["customer"])
    given: str | None = invoice["number"]
    if given or customer is None:
        return given or str(invoice["id"])[-8:].upper()
    sequence = customer["next_invoice_sequence"]
    sandbox.store.customers.update(customer["id"], next_invoice_sequence=sequence + 1)
    return f"{customer['invoice_prefix']}-{sequence:04d}"


def advance(sandbox: Sandbox, invoice: Obj, origin: Origin, *, off_session: bool) -> Obj:
    """Go for the money of a finalized invoice: charge the customer, or send him the invoice."""
    if invoice["status"] != "open":
        return invoice
    if invoice["collection_method"] == "send_invoice":
        return send(sandbox, invoice, origin)
    try:
        return collect(sandbox, invoice, origin, off_session=off_session)
    except CardError:
        return sandbox.store.invoices.get(invoice["id"])


def send(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """Tell that the customer gets it by mail; nothing is ever mailed."""
    sandbox.emit("invoice.sent", invoice, origin)
    if invoice["due_date"] is not None:
        timeline.schedule(sandbox, invoice, invoice["due_date"], "note_overdue")
    return invoice


def note_overdue(sandbox: Sandbox, invoice_id: str) -> None:
    """The due date of an invoice has come."""
    invoice = sandbox.store.invoices.find(invoice_id)
    if invoice is not None and invoice["status"] == "open":
        sandbox.emit("invoice.overdue", invoice)


def collect(sandbox: Sandbox, invoice: Obj, origin: Origin, *, off_session: bool) -> Obj:
    """Charge what the customer has on file; raises ``CardError`` on a decline.

    Without anything on file the attempt has failed, too.
    """
    sandbox.store.invoices.part(invoice["id"])["automatic"] = True
    method = method_for(sandbox, invoice)
    if method is None:
        return _failed(sandbox, invoice, origin)
    return charge(sandbox, invoice, method, origin, off_session=off_session)


def charge(
    sandbox: Sandbox, invoice: Obj, method: Obj, origin: Origin, *, off_session: bool
) -> Obj:
    """Try to pay an open invoice with ``method``; raises ``CardError`` on a decline."""
    intent = invoice_payments.intent_of(sandbox, invoice)
    confirm(sandbox, intent, method, origin, off_session=off_session)
    return sandbox.store.invoices.get(invoice["id"])


def method_for(sandbox: Sandbox, invoice: Obj) -> Obj | None:
    """What is charged: the invoice's own method, else the subscription's, else the customer's."""
    customer = sandbox.store.customers.find(invoice["customer"])
    parent = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription = sandbox.store.subscriptions.find(parent.get("subscription") or "")
    for method_id in (
        invoice["default_payment_method"],
        subscription["default_payment_method"] if subscription else None,
        customer["invoice_settings"]["default_payment_method"] if customer else None,
    ):
        if method := sandbox.store.payment_methods.find(method_id or ""):
            return method
    return None


def retry(sandbox: Sandbox, invoice_id: str) -> None:
    """Try once more to collect an invoice whose payment has failed."""
    invoice = sandbox.store.invoices.find(invoice_id)
    if invoice is None or invoice["status"] != "open" or not invoice["auto_advance"]:
        return
    at = invoice["next_payment_attempt"]
    if at is not None and at <= timeline.now(sandbox, invoice):
        advance(sandbox, invoice, NO_REQUEST, off_session=True)


def settle(sandbox: Sandbox, intent: Obj, origin: Origin) -> None:
    """React to a PaymentIntent that has succeeded: its invoice is paid."""
    invoice = _invoice_of(sandbox, intent)
    if invoice is not None:
        sandbox.store.invoices.part(invoice["id"])["automatic"] = False
        attempts = max(1, invoice["attempt_count"])
        _paid(sandbox, invoice, origin, amount=intent["amount_received"], attempts=attempts)


def _paid(
    sandbox: Sandbox, invoice: Obj, origin: Origin, *, amount: int = 0, attempts: int = 0
) -> Obj:
    now = timeline.now(sandbox, invoice)
    invoice_payments.complete(sandbox, invoice, origin)
    paid = change(
        sandbox,
        invoice,
        origin,
        "invoice.paid",
        amount_paid=amount,
        amount_remaining=0,
        attempt_count=attempts,
        attempted=True,
        next_payment_attempt=None,
        status="paid",
        status_transitions={**invoice["status_transitions"], "paid_at": now},
    )
    sandbox.emit("invoice.payment_succeeded", paid, origin)
    return paid


def pay_out_of_band(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """The customer has paid some other way."""
    invoice_payments.cancel(sandbox, invoice, origin)
    due = invoice["amount_due"]
    paid = _paid(sandbox, invoice, origin, amount=due, attempts=invoice["attempt_count"])
    return sandbox.store.invoices.update(paid["id"], amount_paid_off_stripe=due)


def fail(sandbox: Sandbox, intent: Obj, origin: Origin) -> None:
    """React to a PaymentIntent that was declined: its invoice stays open, and is tried again."""
    invoice = _invoice_of(sandbox, intent)
    if invoice is not None:
        error = intent["last_payment_error"] or {}
        if error.get("code") == "authentication_required":
            sandbox.emit("invoice.payment_action_required", invoice, origin)
        _failed(sandbox, invoice, origin)


def _failed(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """Note the attempt. Only the first one and automatic ones count, as at Stripe."""
    kept = sandbox.store.invoices.part(invoice["id"])
    automatic, kept["automatic"] = kept["automatic"], False
    if not automatic and invoice["attempt_count"]:
        sandbox.emit("invoice.payment_failed", invoice, origin)
        return invoice
    attempts = invoice["attempt_count"] + 1
    at = _next_attempt(sandbox, invoice, attempts)
    if at is not None:
        timeline.schedule(sandbox, invoice, at, "retry_invoice")
    return change(
        sandbox,
        invoice,
        origin,
        "invoice.payment_failed",
        attempt_count=attempts,
        attempted=True,
        next_payment_attempt=at,
    )


def _next_attempt(sandbox: Sandbox, invoice: Obj, attempts: int) -> int | None:
    first_of_subscription = invoice["billing_reason"] == "subscription_create"
    if not invoice["auto_advance"] or first_of_subscription or attempts > len(RETRY_SECONDS):
        return None
    return timeline.now(sandbox, invoice) + RETRY_SECONDS[attempts - 1]


def ask_owner(sandbox: Sandbox, intent: Obj, origin: Origin) -> None:
    """React to a PaymentIntent whose card wants its owner."""
    invoice = _invoice_of(sandbox, intent)
    if invoice is not None:
        attempts = max(1, invoice["attempt_count"])
        event = "invoice.payment_action_required"
        change(sandbox, invoice, origin, event, attempt_count=attempts, attempted=True)


def _invoice_of(sandbox: Sandbox, intent: Obj) -> Obj | None:
    invoice_id = sandbox.store.payment_intents.part(intent["id"])["invoice"]
    invoice = sandbox.store.invoices.find(invoice_id or "")
    payable = invoice is not None and invoice["status"] in ("open", "uncollectible")
    return invoice if payable else None


def void(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """Take the invoice back for good."""
    expect(invoice, ("open", "uncollectible"), "void")
    invoice_payments.cancel(sandbox, invoice, origin)
    return _end(sandbox, invoice, "void", "voided_at", "invoice.voided", origin)


def give_up(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj:
    """Mark the invoice uncollectible; it can still be paid."""
    expect(invoice, ("open",), "mark as uncollectible")
    when = "marked_uncollectible_at"
    return _end(sandbox, invoice, "uncollectible", when, "invoice.marked_uncollectible", origin)


def _end(
    sandbox: Sandbox, invoice: Obj, status: str, transition: str, event: str, origin: Origin
) -> Obj:
    now = timeline.now(sandbox, invoice)
    transitions = {**invoice["status_transitions"], transition: now}
    return change(
        sandbox,
        invoice,
        origin,
        event,
        next_payment_attempt=None,
        status=status,
        status_transitions=transitions,
    )


def expect(invoice: Obj, statuses: tuple[str, ...], verb: str) -> None:
    """Refuse to ``verb`` an invoice in another status."""
    if invoice["status"] not in statuses:
        raise StateConflictError(
            f"You can only {verb} an invoice with the status {' or '.join(statuses)}. This "
            f"invoice ({invoice['id']}) is {invoice['status']}.",
            code="invoice_not_editable" if invoice["status"] != "draft" else None,
        )
