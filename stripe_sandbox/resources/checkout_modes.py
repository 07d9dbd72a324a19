"""What a Checkout Session's mode decides: what is due, in which currency, and with which intent.

Each mode is a function that checks its parameters and returns the members of the session that are
particular to it, and what is kept with the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, parameter_missing
from ..money import read_currency
from ..payment_method_types import offered
from ..sandbox import Sandbox
from ..store import Obj
from . import checkout_subscription, line_items, setup_intents

Mode = Callable[[Sandbox, Call, str], tuple[Obj, Obj]]


def payment(sandbox: Sandbox, call: Call, session_id: str) -> tuple[Obj, Obj]:
    """Pay for line items, once; the first attempt makes the PaymentIntent."""
    params = call.params
    _refuse_others(params, "payment", "setup_intent_data")
    if not params.get("line_items"):
        raise parameter_missing("line_items")
    items = line_items.read(sandbox, params["line_items"])
    line_items.check_mode(items, "payment")
    amount = line_items.total(items)
    currency: str = items[0]["currency"]
    if params.get("currency", currency).lower() != currency:
        raise InvalidParamsError("The line items are not in this currency.", param="currency")
    data = params.get("payment_intent_data", {})
    types = offered(currency, {"capture_method": data.get("capture_method"), **params})
    session = {
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": currency,
        "customer_creation": _customer_creation(params, "if_required"),
        "payment_method_types": types,
        "payment_status": "unpaid" if amount else "no_payment_required",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }
    return session, {"line_items": items, "payment_intent_data": data}


def setup(sandbox: Sandbox, call: Call, session_id: str) -> tuple[Obj, Obj]:
    """Keep a payment method for later; the SetupIntent is there from the start."""
    params = call.params
    _refuse_others(params, "setup", "line_items", "payment_intent_data", "submit_type")
    if "currency" not in params and "allowed_payment_method_types" not in params:
        raise parameter_missing("currency")
    currency = read_currency(params["currency"]) if "currency" in params else None
    types = offered(currency or "eur", params)
    data = params.get("setup_intent_data", {})
    wish = {**data, "payment_method_types": types}
    if "customer" in params:
        wish["customer"] = params["customer"]
    intent = setup_intents.new(sandbox, wish, call.origin, call.base_url, session_id=session_id)
    session = {
        "amount_subtotal": None,
        "amount_total": None,
        "currency": currency,
        "customer_creation": _customer_creation(params, None),
        "payment_method_collection": "always",
        "payment_method_types": types,
        "payment_status": "no_payment_required",
        "setup_intent": intent["id"],
        "total_details": None,
    }
    return session, {"line_items": [], "payment_intent_data": {}}


def subscription(sandbox: Sandbox, call: Call, session_id: str) -> tuple[Obj, Obj]:
    """Subscribe to what recurs among the line items; the rest is paid once, with the first period.

    Cards only: a debit that is under way for days would begin a subscription that is not paid.
    """
    params = call.params
    _refuse_others(
        params, "subscription", "customer_creation", "payment_intent_data", "setup_intent_data"
    )
    if not params.get("line_items"):
        raise parameter_missing("line_items")
    items = line_items.read(sandbox, params["line_items"])
    line_items.check_mode(items, "subscription")
    data = params.get("subscription_data", {})
    amount = checkout_subscription.due_now(items, data)
    if amount:
        line_items.total(items)
    session = {
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": items[0]["currency"],
        "customer_creation": None if "customer" in params else "always",
        "payment_method_collection": "always",
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if amount else "no_payment_required",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }
    kept = {"line_items": items, "payment_intent_data": {}, "subscription_data": data}
    return session, kept


def _refuse_others(params: dict[str, Any], mode: str, *names: str) -> None:
    for name in names:
        if name in params:
            raise InvalidParamsError(f"You can not pass `{name}` in `{mode}` mode.", param=name)


def _customer_creation(params: dict[str, Any], usual: str | None) -> str | None:
    if "customer" in params:
        return None
    wish: str | None = params.get("customer_creation", usual)
    return wish


MODES: dict[str, Mode] = {"payment": payment, "setup": setup, "subscription": subscription}
