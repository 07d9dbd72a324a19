"""Subscription items: what a subscription sells, how many, and for which period now."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, StateConflictError
from ..lists import cut, envelope
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog, subscription_changes

MAXIMUM = 20
#: A price, and what else was wished of it: quantity, metadata.
Sold = tuple[Obj, dict[str, Any]]


def build(
    sandbox: Sandbox, subscription_id: str, price: Obj, wish: dict[str, Any], now: int
) -> Obj:
    """An item that is not in the books yet; its period is to be set by ``lasting``."""
    return {
        "id": sandbox.ids.new("si_", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": now,
        "current_period_start": now,
        "current_trial": None,
        "discounts": [],
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "plan": catalog.plan_of(price),
        "price": price,
        "quantity": wish.get("quantity", 1),
        "subscription": subscription_id,
        "tax_rates": [],
    }


def priced(sandbox: Sandbox, wishes: list[dict[str, Any]]) -> list[Sold]:
    """The prices that the parameter ``items`` names, with what else it says of each."""
    return [
        (recurring_price(sandbox, wish, f"items[{index}]"), wish)
        for index, wish in enumerate(wishes)
    ]


def recurring_price(sandbox: Sandbox, wish: dict[str, Any], where: str) -> Obj:
    """The price that an item names or gives; refuses one that is paid once."""
    price = catalog.resolve_price(sandbox, wish, where)
    if price["recurring"] is None:
        raise InvalidParamsError(
            f"The price specified is set to `type=one_time` but this field only accepts prices "
            f"with `type=recurring` ({price['id']}).",
            param=f"{where}[price]",
        )
    return price


def check(items: list[Obj]) -> None:
    """Refuse items that cannot be billed together."""
    if not items:
        raise InvalidParamsError("A subscription must have at least one active plan.")
    if len(items) > MAXIMUM:
        raise InvalidParamsError(f"A subscription can have at most {MAXIMUM} items.")
    ids = [item["price"]["id"] for item in items]
    if len(set(ids)) < len(ids):
        raise InvalidParamsError("Cannot add multiple subscription items with the same price.")
    if len({item["price"]["currency"] for item in items}) > 1:
        raise InvalidParamsError("All prices on a subscription must have the same currency.")
    if len({interval_of(item) for item in items}) > 1:
        raise InvalidParamsError(
            "stripe_sandbox bills all items of a subscription at the same interval.",
            param="items",
        )


def interval_of(item: Obj) -> tuple[str, int]:
    """How often the item is billed."""
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def lasting(items: list[Obj], start: int, end: int) -> list[Obj]:
    """The same items for another period."""
    return [{**one, "current_period_start": start, "current_period_end": end} for one in items]


def keep(sandbox: Sandbox, subscription_id: str, items: list[Obj]) -> Obj:
    """Put the items in the books in place of those before; returns the subscription's list."""
    known = sandbox.store.subscription_items
    before = sandbox.store.subscriptions.find(subscription_id)
    left = {item["id"] for item in items}
    for item in before["items"]["data"] if before else []:
        if item["id"] not in left:
            known.remove(item["id"])
    for item in items:
        if known.find(item["id"]) is None:
            known.add(item)
        else:
            known.replace(item)
    return listed(subscription_id, items)


def listed(subscription_id: str, items: list[Obj]) -> Obj:
    """The items as a subscription shows them."""
    return envelope(items, f"/v1/subscription_items?subscription={subscription_id}")


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/subscription_items/{id}``."""
    return sandbox.store.subscription_items.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/subscription_items``: those of a subscription."""
    wanted = sandbox.store.subscriptions.get(call.params["subscription"], "subscription")["id"]
    items = sandbox.store.subscription_items
    return cut(items, call.path, call.params, lambda item: item["subscription"] == wanted)


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscription_items``: sell one thing more by the subscription."""
    subscription = sandbox.store.subscriptions.get(call.params["subscription"], "subscription")
    before = {item["id"] for item in subscription["items"]["data"]}
    changed = subscription_changes.apply(sandbox, subscription, [call.params], call)
    return next(item for item in changed["items"]["data"] if item["id"] not in before)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/subscription_items/{id}``: another price or number."""
    item = sandbox.store.subscription_items.get(call.id)
    subscription = sandbox.store.subscriptions.get(item["subscription"])
    wish = {**call.params, "id": call.id}
    changed = subscription_changes.apply(sandbox, subscription, [wish], call)
    return next(one for one in changed["items"]["data"] if one["id"] == call.id)


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/subscription_items/{id}``: all but the last."""
    item = sandbox.store.subscription_items.get(call.id)
    subscription = sandbox.store.subscriptions.get(item["subscription"])
    if len(subscription["items"]["data"]) == 1:
        raise StateConflictError(
            "A subscription must have at least one active plan. In order to cancel a "
            "subscription, please use the cancel endpoint instead."
        )
    subscription_changes.apply(sandbox, subscription, [{"id": call.id, "deleted": True}], call)
    return {"id": call.id, "object": "subscription_item", "deleted": True}
