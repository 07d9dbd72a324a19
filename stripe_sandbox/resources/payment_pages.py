"""The payment page's own calls, with which Stripe's CLI pays a session without a browser."""

from __future__ import annotations

from ..call import Call
from ..errors import InvalidParamsError, StateConflictError
from ..sandbox import Sandbox
from ..store import Obj
from . import checkout_payment
from .payment_methods import resolve


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/payment_pages/{session}``: the Checkout Session that the page is for."""
    return sandbox.store.checkout_sessions.get(call.id)


def confirm(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/payment_pages/{session}/confirm``: pay it with a PaymentMethod."""
    session = sandbox.store.checkout_sessions.get(call.id)
    method = resolve(sandbox, call.params["payment_method"])
    if method["type"] not in session["payment_method_types"]:
        raise InvalidParamsError(
            f"This Checkout Session does not take {method['type']}.", param="payment_method"
        )
    if call.params.get("expected_amount", session["amount_total"]) != session["amount_total"]:
        raise StateConflictError(
            "The amount of the Checkout Session is no longer the one that was expected.",
            param="expected_amount",
        )
    return checkout_payment.pay_with(sandbox, call.id, method, call.origin)
