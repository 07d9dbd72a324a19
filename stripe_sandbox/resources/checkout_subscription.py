"""What a Checkout Session of mode subscription sells: it begins at the first attempt to pay."""

from __future__ import annotations

from typing import Any

from ..call import Origin
from ..sandbox import Sandbox
from ..store import Obj
from . import (
    invoice_payments,
    invoicing,
    payment_methods,
    subscription_life,
    subscription_start,
)


def due_now(items: list[Obj], data: dict[str, Any]) -> int:
    """What the line items cost today; what recurs costs nothing during a trial."""
    trial = bool(data.get("trial_period_days") or data.get("trial_end"))
    return sum(item["amount_total"] for item in items if not (trial and item["price"]["recurring"]))


def intent_of(sandbox: Sandbox, session: Obj) -> Obj | None:
    """The PaymentIntent of the first invoice, if there is anything to pay."""
    subscription_id = sandbox.store.checkout_sessions.part(session["id"]).get("subscription")
    subscription = sandbox.store.subscriptions.find(subscription_id or "")
    if subscription is None:
        return None
    invoice = sandbox.store.invoices.get(subscription["latest_invoice"])
    return invoice_payments.intent_of(sandbox, invoice) if invoice["amount_due"] else None


def begin(sandbox: Sandbox, session: Obj, origin: Origin) -> None:
    """Begin the subscription, unless an attempt before has; its first invoice is open then."""
    kept = sandbox.store.checkout_sessions.part(session["id"])
    if "subscription" in kept:
        return
    customer = sandbox.store.customers.get(session["customer"])
    sold = [(item["price"], {"quantity": item["quantity"]}) for item in kept["line_items"]]
    subscription, extras = subscription_start.build(
        sandbox,
        customer,
        kept["subscription_data"],
        [(price, more) for price, more in sold if price["recurring"]],
        [(price, more) for price, more in sold if not price["recurring"]],
    )
    kept["subscription"] = subscription["id"]
    draft = subscription_start.begin(sandbox, subscription, extras, origin)
    invoicing.finalize(
        sandbox,
        draft,
        origin,
        base_url=kept["base_url"],
        session_id=session["id"],
        setup_future_usage="off_session",
    )
    announced = subscription_life.announce(sandbox, subscription["id"], origin)
    subscription_life.plan_ahead(sandbox, announced)


def keep_method(sandbox: Sandbox, session: Obj, method: Obj, origin: Origin) -> None:
    """Save the card of a session with nothing to pay today."""
    payment_methods.save(sandbox, method, session["customer"], origin)
    _charge_by(sandbox, session, method["id"], origin)


def outcome(sandbox: Sandbox, session: Obj, origin: Origin) -> Obj:
    """What the complete session says of the subscription, which keeps the card that has paid."""
    kept = sandbox.store.checkout_sessions.part(session["id"])
    if "subscription" not in kept:
        return {}
    intent = intent_of(sandbox, session)
    if intent is not None:
        _charge_by(sandbox, session, intent["payment_method"], origin)
    subscription = sandbox.store.subscriptions.get(kept["subscription"])
    return {"invoice": subscription["latest_invoice"], "subscription": subscription["id"]}


def _charge_by(sandbox: Sandbox, session: Obj, method_id: str, origin: Origin) -> None:
    kept = sandbox.store.checkout_sessions.part(session["id"])
    subscription = sandbox.store.subscriptions.get(kept["subscription"])
    subscription_life.change(sandbox, subscription, origin, default_payment_method=method_id)


def drop(sandbox: Sandbox, session: Obj, origin: Origin) -> None:
    """React to an expired session: what an attempt to pay has begun comes to nothing."""
    kept = sandbox.store.checkout_sessions.part(session["id"])
    if "subscription" in kept:
        subscription_life.expire(sandbox, kept["subscription"])
