"""Changing what a subscription sells, or when its periods begin, in the middle of one."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..call import Call, Origin
from ..errors import CardError, InvalidParamsError, StateConflictError, resource_missing
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import (
    catalog,
    invoice_items,
    periods,
    proration,
    subscription_billing,
    subscription_items,
    subscription_life,
    timeline,
)
from .invoice_lines import period


class Plan(NamedTuple):
    """A change worked out, nothing of it done yet."""

    items: list[Obj]
    #: Invoice items, not in the books yet.
    prorations: list[Obj]
    #: The new anchor where new periods begin now, else ``None``.
    anchor: int | None


def apply(sandbox: Sandbox, subscription: Obj, wishes: list[dict[str, Any]], call: Call) -> Obj:
    """The subscription with its items changed as ``wishes`` say, billed as ``call`` says.

    Raises ``CardError`` where payment_behavior is error_if_incomplete and the card declines; then
    nothing has changed.
    """
    params = call.params
    if subscription["status"] in subscription_life.ENDED:
        raise StateConflictError(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    plan = work_out(sandbox, subscription, wishes, params)
    for entry in plan.prorations:
        invoice_items.keep(sandbox, entry, call.origin)
    always = params.get("proration_behavior") == "always_invoice"
    if plan.anchor is not None or (always and plan.prorations):
        try:
            _bill(sandbox, subscription, plan, params, call.origin)
        except CardError:
            sandbox.store.subscriptions.replace(subscription)
            raise
    current = sandbox.store.subscriptions.get(subscription["id"])
    listed = subscription_items.keep(sandbox, subscription["id"], plan.items)
    changes: Obj = {"items": listed}
    if plan.anchor is not None:
        changes["billing_cycle_anchor"] = plan.anchor
        if current["status"] == "trialing":
            changes |= {"status": "active", "trial_end": plan.anchor}
    before = {**subscription, "status": current["status"]}
    changed = subscription_life.change(sandbox, before, call.origin, **changes)
    if plan.anchor is not None:
        subscription_life.plan_ahead(sandbox, changed)
    return changed


def work_out(
    sandbox: Sandbox,
    subscription: Obj,
    wishes: list[dict[str, Any]],
    params: dict[str, Any],
) -> Plan:
    """What the change comes to, by ``proration_behavior`` and ``proration_date`` of ``params``."""
    now = timeline.now(sandbox, subscription)
    before = subscription_life.items_of(subscription)
    after = _changed(sandbox, subscription, before, wishes, now)
    subscription_items.check(after)
    fresh = (
        params.get("trial_end") == "now"
        or params.get("billing_cycle_anchor") == "now"
        or subscription_items.interval_of(before[0]) != subscription_items.interval_of(after[0])
    )
    at = _proration_date(before[0], params, now)
    prorated = (
        params.get("proration_behavior", "create_prorations") != "none"
        and subscription["status"] != "trialing"
    )
    customer = sandbox.store.customers.get(subscription["customer"])
    if fresh:
        end = periods.end_of(now, after[0]["price"]["recurring"], now)
        credits = proration.credits(sandbox, customer, before, at) if prorated else []
        return Plan(subscription_items.lasting(after, now, end), credits, now)
    entries = proration.entries(sandbox, customer, before, after, at) if prorated else []
    return Plan(after, entries, None)


def _proration_date(item: Obj, params: dict[str, Any], now: int) -> int:
    at: int = params.get("proration_date", now)
    if not item["current_period_start"] <= at <= item["current_period_end"]:
        raise InvalidParamsError(
            "Invalid proration_date: it must lie within the current period of the subscription.",
            param="proration_date",
        )
    return at


def _changed(
    sandbox: Sandbox,
    subscription: Obj,
    items: list[Obj],
    wishes: list[dict[str, Any]],
    now: int,
) -> list[Obj]:
    """The items after the change; new ones join the current period."""
    after = {item["id"]: item for item in items}
    for index, wish in enumerate(wishes):
        where = f"items[{index}]"
        if "id" not in wish:
            price = subscription_items.recurring_price(sandbox, wish, where)
            item = subscription_items.build(sandbox, subscription["id"], price, wish, now)
            start, end = items[0]["current_period_start"], items[0]["current_period_end"]
            after[item["id"]] = subscription_items.lasting([item], start, end)[0]
        elif wish["id"] not in after:
            raise resource_missing("subscription_item", wish["id"], f"{where}[id]")
        elif wish.get("deleted"):
            del after[wish["id"]]
        else:
            after[wish["id"]] = _other(sandbox, after[wish["id"]], wish, where)
    return list(after.values())


def _other(sandbox: Sandbox, item: Obj, wish: dict[str, Any], where: str) -> Obj:
    changes: Obj = {"metadata": merge_metadata(item["metadata"], wish.get("metadata"))}
    if "price" in wish or "price_data" in wish:
        same = wish.get("price") == item["price"]["id"]
        price = item["price"] if same else subscription_items.recurring_price(sandbox, wish, where)
        changes |= {"price": price, "plan": catalog.plan_of(price)}
    if "quantity" in wish:
        changes["quantity"] = wish["quantity"]
    return {**item, **changes}


def _bill(
    sandbox: Sandbox, subscription: Obj, plan: Plan, params: dict[str, Any], origin: Origin
) -> None:
    """Invoice the change now: its prorations, and the new period where one begins."""
    now = timeline.now(sandbox, subscription)
    start = subscription_life.items_of(subscription)[0]["current_period_start"]
    draft = subscription_billing.bill(
        sandbox,
        subscription,
        "subscription_update",
        origin,
        items=plan.items if plan.anchor is not None else [],
        period=period(start, now),
    )
    behavior = params.get("payment_behavior", "allow_incomplete")
    if draft["collection_method"] == "charge_automatically":
        subscription_billing.charge_now(sandbox, draft, behavior, origin)
