"""What a customer will be billed: an invoice that is worked out and kept nowhere."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, parameter_missing
from ..sandbox import Sandbox
from ..store import Obj
from . import (
    invoice_draft,
    invoice_lines,
    periods,
    subscription_billing,
    subscription_changes,
    subscription_items,
    subscription_life,
    subscription_start,
)


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/create_preview``: of a subscription as it is, changed, or to come.

    The next invoice, or with proration_behavior=always_invoice and where a new period begins at
    once the one that the change makes.
    """
    params = call.params
    if "subscription" in params:
        subscription = sandbox.store.subscriptions.get(params["subscription"], "subscription")
        return _of_subscription(sandbox, subscription, params.get("subscription_details", {}))
    if "customer" not in params:
        raise parameter_missing("customer")
    customer = sandbox.store.customers.get(params["customer"], "customer")
    return _of_new(sandbox, customer, params.get("subscription_details", {}))


def _of_new(sandbox: Sandbox, customer: Obj, details: dict[str, Any]) -> Obj:
    """The first invoice of a subscription that there is not yet."""
    if not details.get("items"):
        raise parameter_missing("subscription_details[items]")
    sold = subscription_items.priced(sandbox, details["items"])
    wish = {name: details[name] for name in ("trial_end",) if name in details}
    subscription, _ = subscription_start.build(sandbox, customer, wish, sold, [])
    trial = subscription["status"] == "trialing"
    lines = [
        invoice_lines.of_subscription_item(sandbox, item, trial=trial)
        for item in subscription_life.items_of(subscription)
    ]
    return _write(sandbox, customer, subscription, lines, "subscription_create")


def _of_subscription(sandbox: Sandbox, subscription: Obj, details: dict[str, Any]) -> Obj:
    customer = sandbox.store.customers.get(subscription["customer"])
    ending = subscription["cancel_at"] is not None or details.get("cancel_at_period_end")
    if subscription["ended_at"] is not None or (ending and not details.get("items")):
        raise InvalidParamsError(
            f"No upcoming invoices for customer: {customer['id']}",
            code="invoice_upcoming_none",
            status=404,
        )
    wishes = details.get("items", [])
    plan = subscription_changes.work_out(sandbox, subscription, wishes, details)
    now = details.get("proration_behavior") == "always_invoice" and bool(plan.prorations)
    waiting = subscription_billing.pending(
        sandbox, subscription, customer, alone=now or plan.anchor is not None
    )
    entries = [*waiting, *plan.prorations]
    lines = [invoice_lines.of_invoice_item(sandbox, entry) for entry in entries]
    if plan.anchor is not None:
        items = plan.items
    else:
        items = [] if now else _next_period(subscription, plan.items)
    lines += [invoice_lines.of_subscription_item(sandbox, item) for item in items]
    reason = "subscription_update" if now or plan.anchor is not None else "upcoming"
    return _write(sandbox, customer, subscription, lines, reason)


def _next_period(subscription: Obj, items: list[Obj]) -> list[Obj]:
    start = subscription_life.period_end(subscription)
    recurring = items[0]["price"]["recurring"]
    end = periods.end_of(subscription["billing_cycle_anchor"], recurring, start)
    return subscription_items.lasting(items, start, end)


def _write(
    sandbox: Sandbox, customer: Obj, subscription: Obj, lines: list[Obj], reason: str
) -> Obj:
    return invoice_draft.write(
        sandbox,
        customer,
        subscription["currency"],
        lines,
        reason,
        subscription=subscription,
        invoice_id=sandbox.ids.new("upcoming_in_"),
    )
