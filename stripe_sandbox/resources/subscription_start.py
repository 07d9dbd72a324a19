"""How a subscription begins: by the API, by Checkout, or anew after a pause."""

from __future__ import annotations

from typing import Any

from ..call import Call, Origin
from ..errors import CardError, InvalidParamsError, parameter_missing
from ..money import rounded
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import (
    catalog,
    invoice_items,
    invoice_lines,
    periods,
    subscription_billing,
    subscription_items,
    subscription_life,
    timeline,
)
from .customers import owned
from .periods import DAY
from .subscription_items import Sold

#: What a subscription says as long as nobody asked for something else.
_BLANK: Obj = {
    "application": None,
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor_config": None,
    "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
    "billing_schedules": [],
    "billing_thresholds": None,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "cancellation_details": {
        "comment": None,
        "feedback": None,
        "feedback_option": None,
        "reason": None,
    },
    "customer_account": None,
    "days_until_due": None,
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "ended_at": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": {"type": "self"},
    },
    "latest_invoice": None,
    "livemode": False,
    "managed_payments": None,
    "next_pending_invoice_item_invoice": None,
    "on_behalf_of": None,
    "pause_collection": None,
    "pending_invoice_item_interval": None,
    "pending_setup_intent": None,
    "pending_update": None,
    "schedule": None,
    "transfer_data": None,
}
_PAYMENT_SETTINGS: Obj = {
    "payment_method_options": None,
    "payment_method_types": None,
    "save_default_payment_method": "off",
}
_TRIAL_SETTINGS: Obj = {
    "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"}
}


def start(sandbox: Sandbox, customer: Obj, wish: dict[str, Any], origin: Origin) -> Obj:
    """Begin a subscription by the API's parameters, go for the first payment, and announce it.

    Raises ``CardError`` where payment_behavior is error_if_incomplete and the card declines; then
    there is no subscription.
    """
    behavior = wish.get("payment_behavior", "allow_incomplete")
    subscription, entries = build(
        sandbox,
        customer,
        wish,
        subscription_items.priced(sandbox, wish["items"]),
        _priced_extras(sandbox, wish),
    )
    if behavior != "default_incomplete":
        _check_method(sandbox, subscription, entries)
    draft = begin(sandbox, subscription, entries, origin)
    if subscription["collection_method"] == "charge_automatically":
        try:
            future_use = {"setup_future_usage": "off_session"}
            subscription_billing.charge_now(sandbox, draft, behavior, origin, **future_use)
        except CardError:
            sandbox.store.subscriptions.remove(subscription["id"])
            raise
    announced = subscription_life.announce(sandbox, subscription["id"], origin)
    subscription_life.plan_ahead(sandbox, announced)
    return announced


def _priced_extras(sandbox: Sandbox, wish: dict[str, Any]) -> list[Sold]:
    return [
        (catalog.resolve_price(sandbox, one, f"add_invoice_items[{index}]"), one)
        for index, one in enumerate(wish.get("add_invoice_items", []))
    ]


def build(
    sandbox: Sandbox,
    customer: Obj,
    wish: dict[str, Any],
    sold: list[Sold],
    extras: list[Sold],
) -> tuple[Obj, list[Obj]]:
    """A subscription and the invoice items of its ``extras``, not in the books yet."""
    now = timeline.now(sandbox, customer)
    subscription_id = sandbox.ids.new("sub_")
    items = [
        subscription_items.build(sandbox, subscription_id, price, more, now) for price, more in sold
    ]
    subscription_items.check(items)
    trial_end = _trial_end(wish, items, now)
    anchor = trial_end or now
    end = trial_end or periods.end_of(now, items[0]["price"]["recurring"], now)
    items = subscription_items.lasting(items, now, end)
    method = wish.get("collection_method", "charge_automatically")
    subscription = {
        "id": subscription_id,
        "object": "subscription",
        **_BLANK,
        **_ending(wish, end, now),
        **_collection(wish, method),
        "billing_cycle_anchor": anchor,
        "collection_method": method,
        "created": now,
        "currency": items[0]["price"]["currency"],
        "customer": customer["id"],
        "default_payment_method": _default_method(sandbox, customer, wish),
        "description": wish.get("description"),
        "items": subscription_items.listed(subscription_id, items),
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "payment_settings": {**_PAYMENT_SETTINGS, **wish.get("payment_settings", {})},
        "start_date": now,
        "status": _first_status(trial_end, method),
        "test_clock": customer["test_clock"],
        "trial_end": trial_end,
        "trial_settings": _trial_settings(wish),
        "trial_start": now if trial_end else None,
    }
    return subscription, [
        _extra(sandbox, customer, subscription, price, more) for price, more in extras
    ]


def _first_status(trial_end: int | None, method: str) -> str:
    if trial_end:
        return "trialing"
    return "incomplete" if method == "charge_automatically" else "active"


def _trial_end(wish: dict[str, Any], items: list[Obj], now: int) -> int | None:
    end = wish.get("trial_end")
    days = wish.get("trial_period_days")
    if end is not None and days is not None:
        raise InvalidParamsError(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
            param="trial_end",
        )
    if days is None and wish.get("trial_from_plan"):
        days = max(item["price"]["recurring"]["trial_period_days"] or 0 for item in items)
    if end == "now" or (end is None and not days):
        return None
    if end is not None and end <= now:
        raise InvalidParamsError(
            "Invalid timestamp: must be an integer Unix timestamp in the future.",
            param="trial_end",
        )
    return int(now + (days or 0) * DAY if end is None else end)


def _trial_settings(wish: dict[str, Any]) -> Obj:
    default = _TRIAL_SETTINGS["end_behavior"]
    return {"end_behavior": {**default, **wish.get("trial_settings", {}).get("end_behavior", {})}}


def _ending(wish: dict[str, Any], end: int, now: int) -> Obj:
    if not wish.get("cancel_at_period_end") and "cancel_at" not in wish:
        return {}
    return {
        "cancel_at": wish.get("cancel_at", end),
        "cancel_at_period_end": wish.get("cancel_at_period_end", False),
        "canceled_at": now,
    }


def _collection(wish: dict[str, Any], method: str) -> Obj:
    if method == "charge_automatically":
        return {}
    if "days_until_due" not in wish:
        raise parameter_missing("days_until_due")
    return {"days_until_due": wish["days_until_due"]}


def _default_method(sandbox: Sandbox, customer: Obj, wish: dict[str, Any]) -> str | None:
    name = "default_payment_method"
    if name not in wish:
        return None
    return str(owned(sandbox, customer, wish[name], name)["id"])


def _extra(
    sandbox: Sandbox, customer: Obj, subscription: Obj, price: Obj, wish: dict[str, Any]
) -> Obj:
    """What is paid once, together with the first period."""
    quantity = wish.get("quantity", 1)
    return invoice_items.build(
        sandbox,
        customer,
        amount=rounded(invoice_lines.cost(price, quantity), price["currency"]),
        currency=price["currency"],
        description=catalog.name_of(sandbox, price),
        metadata=merge_metadata({}, wish.get("metadata") or None),
        parent=invoice_items.parent_of(subscription["id"]),
        pricing=invoice_lines.pricing(price),
        quantity=quantity,
    )


def _check_method(sandbox: Sandbox, subscription: Obj, entries: list[Obj]) -> None:
    """Refuse to begin what could not be charged; a trial can do without."""
    automatic = subscription["collection_method"] == "charge_automatically"
    items = subscription_life.items_of(subscription)
    costs = any(invoice_lines.cost(item["price"], item["quantity"]) for item in items)
    due_now = entries or (costs and subscription["status"] != "trialing")
    if automatic and due_now and not subscription_life.has_method(sandbox, subscription):
        raise InvalidParamsError(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method. For more information, visit "
            "https://docs.stripe.com/billing/subscriptions/payment-methods-setting.",
            code="resource_missing",
        )


def begin(sandbox: Sandbox, subscription: Obj, entries: list[Obj], origin: Origin) -> Obj:
    """Put the subscription in the books; returns the draft of its first invoice."""
    sandbox.store.subscriptions.add(subscription)
    sandbox.store.subscriptions.attach(subscription["id"], {"announced": False})
    items = subscription_life.items_of(subscription)
    subscription_items.keep(sandbox, subscription["id"], items)
    for entry in entries:
        invoice_items.keep(sandbox, entry, origin)
    now = subscription["created"]
    return subscription_billing.bill(
        sandbox,
        subscription,
        "subscription_create",
        origin,
        items=items,
        period=invoice_lines.period(now, now),
        trial=subscription["status"] == "trialing",
    )


def resume(sandbox: Sandbox, subscription: Obj, call: Call) -> Obj:
    """Begin a new period of a paused subscription now, and go for its payment."""
    now = timeline.now(sandbox, subscription)
    items = subscription_life.items_of(subscription)
    end = periods.end_of(now, items[0]["price"]["recurring"], now)
    items = subscription_items.lasting(items, now, end)
    listed = subscription_items.keep(sandbox, subscription["id"], items)
    active = {name: value for name, value in subscription.items() if name != "status_details"}
    current = sandbox.store.subscriptions.replace(
        {**active, "billing_cycle_anchor": now, "items": listed, "status": "active"}
    )
    draft = subscription_billing.bill(
        sandbox,
        current,
        "subscription_update",
        call.origin,
        items=items,
        period=invoice_lines.period(now, now),
    )
    resumed = subscription_life.change(sandbox, subscription, call.origin)
    sandbox.emit("customer.subscription.resumed", resumed, call.origin)
    if draft["collection_method"] == "charge_automatically":
        subscription_billing.charge_now(sandbox, draft, "allow_incomplete", call.origin)
    subscription_life.plan_ahead(sandbox, resumed)
    return sandbox.store.subscriptions.get(subscription["id"])
