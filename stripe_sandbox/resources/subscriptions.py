"""The endpoints of subscriptions; how they live is in ``subscription_life``."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import cut
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import (
    invoice_items,
    proration,
    subscription_billing,
    subscription_changes,
    subscription_items,
    subscription_life,
    subscription_start,
    timeline,
)
from .customers import owned

_COPIED = ("collection_method", "days_until_due", "description")


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscriptions``: begin, and go for the first payment by ``payment_behavior``."""
    params = call.params
    for name in ("customer", "items"):
        if not params.get(name):
            raise parameter_missing(name)
    customer = sandbox.store.customers.get(params["customer"], "customer")
    return subscription_start.start(sandbox, customer, params, call.origin)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/subscriptions/{id}``."""
    return sandbox.store.subscriptions.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/subscriptions``: without a ``status`` all but the canceled ones."""
    params = call.params
    status = params.get("status")
    same = [name for name in ("collection_method", "customer", "test_clock") if name in params]

    def matches(subscription: Obj) -> bool:
        prices = [item["price"]["id"] for item in subscription["items"]["data"]]
        return (
            _has_status(subscription, status)
            and all(subscription[name] == params[name] for name in same)
            and ("price" not in params or params["price"] in prices)
        )

    return cut(sandbox.store.subscriptions, call.path, params, matches)


def _has_status(subscription: Obj, status: str | None) -> bool:
    if status == "all":
        return True
    if status == "ended":
        return subscription["status"] in subscription_life.ENDED
    if status is None:
        return bool(subscription["status"] != "canceled")
    return bool(subscription["status"] == status)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscriptions/{id}``: what it sells, how it is paid, when it ends."""
    old = sandbox.store.subscriptions.get(call.id)
    params = call.params
    if old["status"] in subscription_life.ENDED and set(params) - {
        "cancellation_details",
        "metadata",
    }:
        raise StateConflictError(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    changes = _facts(sandbox, old, params)
    begins_anew = "now" in (params.get("billing_cycle_anchor"), params.get("trial_end"))
    if _trial_ends_it(sandbox, old, call):
        changes["trial_end"] = timeline.now(sandbox, old)
    elif params.get("items") or begins_anew:
        subscription_changes.apply(sandbox, old, params.get("items", []), call)
    current = sandbox.store.subscriptions.get(call.id)
    changed = subscription_life.change(sandbox, current, call.origin, **changes)
    _plan(sandbox, old, changed)
    return sandbox.store.subscriptions.get(call.id)


def _facts(sandbox: Sandbox, old: Obj, params: dict[str, Any]) -> Obj:
    """The fields that the parameters set directly."""
    changes: Obj = {name: params[name] for name in _COPIED if name in params}
    changes["metadata"] = merge_metadata(old["metadata"], params.get("metadata"))
    if "default_payment_method" in params:
        customer = sandbox.store.customers.get(old["customer"])
        method = owned(
            sandbox, customer, params["default_payment_method"], "default_payment_method"
        )
        changes["default_payment_method"] = method["id"]
    for name in ("cancellation_details", "payment_settings", "trial_settings"):
        if name in params:
            changes[name] = {**old[name], **params[name]}
    if "pause_collection" in params:
        paused = params["pause_collection"]
        changes["pause_collection"] = paused and {"resumes_at": None, **paused}
    return {**changes, **_ending(sandbox, old, params), **_trial(sandbox, old, params)}


def _ending(sandbox: Sandbox, old: Obj, params: dict[str, Any]) -> Obj:
    """When it is to end; with ``cancel_at_period_end`` false or ``cancel_at`` empty not at all."""
    if "cancel_at_period_end" not in params and "cancel_at" not in params:
        return {}
    now = timeline.now(sandbox, old)
    at = params.get("cancel_at")
    if params.get("cancel_at_period_end"):
        at = subscription_life.period_end(old)
    elif at is not None:
        _check_end(old, at, params, now)
    return {
        "cancel_at": at,
        "cancel_at_period_end": bool(params.get("cancel_at_period_end")),
        "canceled_at": None if at is None else now,
        "cancellation_details": {
            **old["cancellation_details"],
            **params.get("cancellation_details", {}),
            "reason": None if at is None else "cancellation_requested",
        },
    }


def _check_end(old: Obj, at: int, params: dict[str, Any], now: int) -> None:
    if at <= now:
        raise InvalidParamsError(
            "The cancel_at timestamp must be in the future.", param="cancel_at"
        )
    if params.get("proration_behavior") != "none" and at != subscription_life.period_end(old):
        raise InvalidParamsError(
            "stripe_sandbox simulates cancel_at within a period only with proration_behavior=none.",
            param="cancel_at",
        )


def _trial(sandbox: Sandbox, old: Obj, params: dict[str, Any]) -> Obj:
    """A trial that ends at another time than it was to."""
    end = params.get("trial_end")
    if end in (None, "now"):
        return {}
    if old["status"] != "trialing":
        raise InvalidParamsError(
            "stripe_sandbox moves the end of a trial only while it lasts.", param="trial_end"
        )
    start = subscription_life.items_of(old)[0]["current_period_start"]
    items = subscription_items.lasting(subscription_life.items_of(old), start, end)
    listed = subscription_items.keep(sandbox, old["id"], items)
    return {"billing_cycle_anchor": end, "items": listed, "trial_end": end}


def _trial_ends_it(sandbox: Sandbox, old: Obj, call: Call) -> bool:
    """Whether the trial is ended by this call, and the subscription with it for want of a card."""
    over = old["status"] == "trialing" and call.params.get("trial_end") == "now"
    return over and subscription_life.ends_with_trial(sandbox, old, call.origin)


def _plan(sandbox: Sandbox, old: Obj, changed: Obj) -> None:
    """Note on the agenda what has moved."""
    if changed["cancel_at"] != old["cancel_at"] or changed["trial_end"] != old["trial_end"]:
        subscription_life.plan_ahead(sandbox, changed)
    paused = changed["pause_collection"]
    if paused and paused["resumes_at"] is not None:
        timeline.schedule(sandbox, changed, paused["resumes_at"], "resume_collection")


def cancel(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/subscriptions/{id}``: at once; with ``invoice_now`` after a last invoice."""
    subscription = sandbox.store.subscriptions.get(call.id)
    if subscription["status"] in subscription_life.ENDED:
        raise InvalidParamsError(
            f"No such subscription: '{call.id}'", code="resource_missing", param="id", status=404
        )
    if "cancellation_details" in call.params:
        details = {**subscription["cancellation_details"], **call.params["cancellation_details"]}
        subscription = sandbox.store.subscriptions.update(call.id, cancellation_details=details)
    customer = sandbox.store.customers.get(subscription["customer"])
    if call.params.get("prorate") and subscription["status"] in ("active", "past_due"):
        now = timeline.now(sandbox, subscription)
        items = subscription_life.items_of(subscription)
        for entry in proration.credits(sandbox, customer, items, now):
            invoice_items.keep(sandbox, entry, call.origin)
    if call.params.get("invoice_now") and subscription_billing.pending(
        sandbox, subscription, customer, alone=True
    ):
        draft = subscription_billing.bill(sandbox, subscription, "subscription_update", call.origin)
        subscription_billing.charge_now(sandbox, draft, "allow_incomplete", call.origin)
        subscription = sandbox.store.subscriptions.get(call.id)
    return subscription_life.cancel(sandbox, subscription, call.origin)


def pause(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscriptions/{id}/pause``: credit the rest of the period, and stop."""
    subscription = sandbox.store.subscriptions.get(call.id)
    if subscription["status"] not in ("active", "past_due", "trialing"):
        raise StateConflictError(f"A subscription that is {subscription['status']} can't pause.")
    bill_for = call.params.get("bill_for", {}).get("unused_time_from", {"type": "now"})
    if bill_for["type"] != "none" and subscription["status"] != "trialing":
        items = subscription_life.items_of(subscription)
        at = timeline.now(sandbox, subscription)
        if bill_for["type"] == "item_current_period_start":
            at = items[0]["current_period_start"]
        customer = sandbox.store.customers.get(subscription["customer"])
        for entry in proration.credits(sandbox, customer, items, at):
            invoice_items.keep(sandbox, entry, call.origin)
        if call.params.get("invoicing_behavior") == "invoice":
            draft = subscription_billing.bill(
                sandbox, subscription, "subscription_update", call.origin
            )
            subscription_billing.charge_now(sandbox, draft, "allow_incomplete", call.origin)
            subscription = sandbox.store.subscriptions.get(call.id)
    return subscription_life.pause(sandbox, subscription, "pause_requested", call.origin)


def resume(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscriptions/{id}/resume``: a paused one; a new period begins now."""
    subscription = sandbox.store.subscriptions.get(call.id)
    if subscription["status"] != "paused":
        raise StateConflictError(
            "You can only resume a subscription that is paused. This subscription is "
            f"{subscription['status']}."
        )
    return subscription_start.resume(sandbox, subscription, call)
