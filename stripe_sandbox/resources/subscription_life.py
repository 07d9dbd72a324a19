"""The life of a subscription: begun, renewed, past due, paused, canceled."""

from __future__ import annotations

from typing import Any

from ..call import NO_REQUEST, Origin
from ..sandbox import Sandbox
from ..store import Obj
from . import invoice_items, invoice_payments, invoicing, periods, subscription_items, timeline
from .invoice_lines import period
from .periods import DAY
from .subscription_billing import bill

#: How long the first payment may take.
INCOMPLETE_SECONDS = 23 * 3600
#: How long before a trial's end that is announced.
TRIAL_NOTICE = 3 * DAY
ENDED = ("canceled", "incomplete_expired")


def change(sandbox: Sandbox, subscription: Obj, origin: Origin, **changes: Any) -> Obj:
    """The subscription with ``changes``, and the event that tells what differs by now.

    There is none as long as nobody was told that the subscription exists.
    """
    changed = sandbox.store.subscriptions.update(subscription["id"], **changes)
    previous = {
        name: subscription.get(name) for name in changed if subscription.get(name) != changed[name]
    }
    if previous and sandbox.store.subscriptions.part(subscription["id"])["announced"]:
        sandbox.emit("customer.subscription.updated", changed, origin, previous)
    return changed


def announce(sandbox: Sandbox, subscription_id: str, origin: Origin) -> Obj:
    """Tell of the new subscription; changes before count as how it began."""
    sandbox.store.subscriptions.part(subscription_id)["announced"] = True
    subscription = sandbox.store.subscriptions.get(subscription_id)
    sandbox.emit("customer.subscription.created", subscription, origin)
    return subscription


def plan_ahead(sandbox: Sandbox, subscription: Obj) -> None:
    """Note what falls due: the period's end, the trial's, the time for the first payment."""
    timeline.schedule(sandbox, subscription, period_end(subscription), "renew_subscription")
    if subscription["status"] == "incomplete":
        at = subscription["created"] + INCOMPLETE_SECONDS
        timeline.schedule(sandbox, subscription, at, "expire_subscription")
    if subscription["status"] == "trialing":
        now = timeline.now(sandbox, subscription)
        at = max(now, subscription["trial_end"] - TRIAL_NOTICE)
        timeline.schedule(sandbox, subscription, at, "announce_trial_end")
    if subscription["cancel_at"] is not None:
        timeline.schedule(sandbox, subscription, subscription["cancel_at"], "renew_subscription")


def items_of(subscription: Obj) -> list[Obj]:
    """The subscription's items."""
    items: list[Obj] = subscription["items"]["data"]
    return items


def period_end(subscription: Obj) -> int:
    """When the current period ends."""
    end: int = items_of(subscription)[0]["current_period_end"]
    return end


def announce_trial_end(sandbox: Sandbox, subscription_id: str) -> None:
    """The trial is over in three days."""
    subscription = sandbox.store.subscriptions.find(subscription_id)
    if subscription is not None and subscription["status"] == "trialing":
        at = subscription["trial_end"] - TRIAL_NOTICE
        if at <= timeline.now(sandbox, subscription):
            sandbox.emit("customer.subscription.trial_will_end", subscription)


def expire(sandbox: Sandbox, subscription_id: str) -> None:
    """The first payment has not come in time."""
    subscription = sandbox.store.subscriptions.find(subscription_id)
    if subscription is None or subscription["status"] != "incomplete":
        return
    ended = timeline.now(sandbox, subscription)
    change(sandbox, subscription, NO_REQUEST, status="incomplete_expired", ended_at=ended)
    invoice = sandbox.store.invoices.find(subscription["latest_invoice"])
    if invoice is not None and invoice["status"] == "open":
        invoicing.void(sandbox, invoice, NO_REQUEST)


def renew_in_time(sandbox: Sandbox, subscription_id: str) -> None:
    """The period is over, or the day has come for which the end was announced."""
    subscription = sandbox.store.subscriptions.find(subscription_id)
    if subscription is None or subscription["status"] in (*ENDED, "incomplete", "paused"):
        return
    now = timeline.now(sandbox, subscription)
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= now:
        cancel(sandbox, subscription, NO_REQUEST, canceled_at=subscription["canceled_at"])
    elif period_end(subscription) <= now:
        renew(sandbox, subscription)


def renew(sandbox: Sandbox, subscription: Obj) -> None:
    """Begin the next period where the last one ends, and bill it."""
    if subscription["status"] == "trialing" and ends_with_trial(sandbox, subscription):
        return
    old = items_of(subscription)[0]
    start = old["current_period_end"]
    anchor = subscription["billing_cycle_anchor"]
    end = periods.end_of(anchor, old["price"]["recurring"], start)
    items = subscription_items.lasting(items_of(subscription), start, end)
    listed = subscription_items.keep(sandbox, subscription["id"], items)
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    current = sandbox.store.subscriptions.update(subscription["id"], items=listed, status=status)
    paused = current["pause_collection"]
    invoice = bill(
        sandbox,
        current,
        "subscription_cycle",
        NO_REQUEST,
        items=items,
        period=period(old["current_period_start"], start),
        advances=paused is None and status != "unpaid",
    )
    current = change(sandbox, subscription, NO_REQUEST)
    plan_ahead(sandbox, current)
    if paused is not None:
        _put_aside(sandbox, invoice, paused["behavior"])


def _put_aside(sandbox: Sandbox, invoice: Obj, behavior: str) -> None:
    """What becomes of an invoice while collection is paused."""
    if behavior == "keep_as_draft":
        return
    opened = invoicing.finalize(sandbox, invoice, NO_REQUEST)
    if opened["status"] == "open":
        end = invoicing.void if behavior == "void" else invoicing.give_up
        end(sandbox, opened, NO_REQUEST)


def ends_with_trial(sandbox: Sandbox, subscription: Obj, origin: Origin = NO_REQUEST) -> bool:
    """Cancel or pause where the trial ends without a card and the settings say so."""
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if behavior == "create_invoice" or has_method(sandbox, subscription):
        return False
    if behavior == "cancel":
        cancel(sandbox, subscription, origin)
    else:
        pause(sandbox, subscription, "trial_end_without_payment_method", origin)
    return True


def has_method(sandbox: Sandbox, subscription: Obj) -> bool:
    """Whether there is anything to charge."""
    customer = sandbox.store.customers.find(subscription["customer"])
    default = customer["invoice_settings"]["default_payment_method"] if customer else None
    return bool(subscription["default_payment_method"] or default)


def pause(sandbox: Sandbox, subscription: Obj, why: str, origin: Origin) -> Obj:
    """Stop the subscription; it is neither used nor billed until it is resumed."""
    details = {
        "paused": {
            "subscription": {"type": why},
            "transitioned_at": timeline.now(sandbox, subscription),
            "type": "subscription",
        }
    }
    paused = change(sandbox, subscription, origin, status="paused", status_details=details)
    sandbox.emit("customer.subscription.paused", paused, origin)
    return paused


def cancel(
    sandbox: Sandbox,
    subscription: Obj,
    origin: Origin,
    *,
    canceled_at: int | None = None,
    reason: str | None = "cancellation_requested",
) -> Obj:
    """End the subscription now; its invoices are not collected any further."""
    now = timeline.now(sandbox, subscription)
    details = {**subscription["cancellation_details"], "reason": reason}
    ended = sandbox.store.subscriptions.update(
        subscription["id"],
        canceled_at=canceled_at or now,
        cancellation_details=details,
        ended_at=now,
        status="canceled",
    )
    _let_go(sandbox, subscription, origin)
    sandbox.emit("customer.subscription.deleted", ended, origin)
    return ended


def _let_go(sandbox: Sandbox, subscription: Obj, origin: Origin) -> None:
    for invoice in list(sandbox.store.invoices.newest_first()):
        parent = (invoice["parent"] or {}).get("subscription_details") or {}
        waits = invoice["status"] in ("draft", "open") and invoice["auto_advance"]
        if waits and parent.get("subscription") == subscription["id"]:
            invoicing.change(
                sandbox,
                invoice,
                origin,
                auto_advance=False,
                automatically_finalizes_at=None,
                next_payment_attempt=None,
            )
    wanted = subscription["id"]
    for entry in invoice_items.pending(
        sandbox, subscription["customer"], lambda one: one == wanted
    ):
        sandbox.store.invoice_items.remove(entry["id"])


def note_payment(sandbox: Sandbox, invoice: Obj, origin: Origin) -> None:
    """React to a paid invoice: its subscription is active (again)."""
    subscription = _subscription_of(sandbox, invoice)
    if subscription is None:
        return
    changes: Obj = {}
    if subscription["status"] == "incomplete" or (
        subscription["status"] in ("past_due", "unpaid")
        and subscription["latest_invoice"] == invoice["id"]
    ):
        changes["status"] = "active"
    settings = subscription["payment_settings"]
    if settings["save_default_payment_method"] == "on_subscription" and invoice["amount_paid"]:
        intent = invoice_payments.intent_of(sandbox, invoice)
        changes["default_payment_method"] = intent["payment_method"]
    change(sandbox, subscription, origin, **changes)


def note_question(sandbox: Sandbox, invoice: Obj, origin: Origin) -> Obj | None:
    """React to a card that wants its owner: until he has answered, the subscription is past due.

    Returns the subscription, unless the payment is its first or decides about a change.
    """
    subscription = _subscription_of(sandbox, invoice)
    kept = sandbox.store.invoices.part(invoice["id"])
    if invoice["billing_reason"] == "subscription_create" or kept["all_or_nothing"]:
        return None
    if subscription is not None and subscription["status"] == "active":
        return change(sandbox, subscription, origin, status="past_due")
    return subscription


def note_failure(sandbox: Sandbox, invoice: Obj, origin: Origin) -> None:
    """React to a failed payment: the subscription is past due, and ends when retries do."""
    subscription = note_question(sandbox, invoice, origin)
    if subscription is None:
        return
    exhausted = invoice["attempt_count"] > len(invoicing.RETRY_SECONDS)
    if exhausted and subscription["status"] == "past_due":
        after = sandbox.settings.unpaid_subscriptions
        if after == "canceled":
            cancel(sandbox, subscription, origin, reason="payment_failed")
        elif after == "unpaid":
            change(sandbox, subscription, origin, status="unpaid")


def _subscription_of(sandbox: Sandbox, invoice: Obj) -> Obj | None:
    parent = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription = sandbox.store.subscriptions.find(parent.get("subscription") or "")
    return subscription if subscription and subscription["status"] not in ENDED else None


def note_overdue(sandbox: Sandbox, invoice: Obj, origin: Origin) -> None:
    """React to a due date that has passed."""
    subscription = _subscription_of(sandbox, invoice)
    if subscription is not None and subscription["status"] == "active":
        change(sandbox, subscription, origin, status="past_due")


def end_with_customer(sandbox: Sandbox, customer: Obj, origin: Origin) -> None:
    """React to a deleted customer: nothing is sold to him any more."""
    for subscription in list(sandbox.store.subscriptions.newest_first()):
        if subscription["customer"] == customer["id"] and subscription["status"] not in ENDED:
            cancel(sandbox, subscription, origin)


def resume_collection(sandbox: Sandbox, subscription_id: str) -> None:
    """The day has come until which collection was paused."""
    subscription = sandbox.store.subscriptions.find(subscription_id)
    paused = subscription["pause_collection"] if subscription else None
    if subscription is None or paused is None or paused["resumes_at"] is None:
        return
    if paused["resumes_at"] <= timeline.now(sandbox, subscription):
        change(sandbox, subscription, NO_REQUEST, pause_collection=None)
