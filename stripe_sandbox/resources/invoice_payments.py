"""InvoicePayments: which PaymentIntent an invoice is paid by, and how much."""

from __future__ import annotations

from ..call import Call, Origin
from ..lists import cut, envelope
from ..sandbox import Sandbox
from ..store import Obj
from . import payment_intents


def request(
    sandbox: Sandbox,
    invoice: Obj,
    origin: Origin,
    *,
    session_id: str | None = None,
    setup_future_usage: str | None = None,
    base_url: str = "",
) -> Obj:
    """The PaymentIntent over what an invoice asks, and the InvoicePayment that says so."""
    wish = {
        "customer": invoice["customer"],
        "description": invoice["description"] or _description(invoice),
        "setup_future_usage": setup_future_usage,
        "statement_descriptor": invoice["statement_descriptor"],
    }
    intent = payment_intents.new(
        sandbox,
        invoice["amount_due"],
        invoice["currency"],
        wish,
        origin,
        base_url,
        session_id=session_id,
        invoice_id=invoice["id"],
    )
    payment = sandbox.store.invoice_payments.add(
        {
            "id": sandbox.ids.new("inpay_"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "created": sandbox.clock.now(),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )
    sandbox.store.invoices.part(invoice["id"])["payments"].append(payment["id"])
    return intent


def _description(invoice: Obj) -> str:
    reasons = {"subscription_create": "creation", "subscription_update": "update"}
    if invoice["billing_reason"].startswith("subscription"):
        return f"Subscription {reasons.get(invoice['billing_reason'], 'renewal')}"
    return f"Payment for Invoice {invoice['number']}"


def _of(sandbox: Sandbox, invoice: Obj) -> list[Obj]:
    ids: list[str] = sandbox.store.invoices.part(invoice["id"])["payments"]
    return [found for one in ids if (found := sandbox.store.invoice_payments.find(one))]


def list_of(sandbox: Sandbox, invoice: Obj) -> Obj:
    """The payments of an invoice, as ``expand[]=payments`` shows them."""
    return envelope(_of(sandbox, invoice), f"/v1/invoice_payments?invoice={invoice['id']}")


def intent_of(sandbox: Sandbox, invoice: Obj) -> Obj:
    """The PaymentIntent that an open invoice waits for."""
    default = _of(sandbox, invoice)[-1]
    return sandbox.store.payment_intents.get(default["payment"]["payment_intent"])


def confirmation_secret(sandbox: Sandbox, invoice: Obj) -> Obj | None:
    """What a browser confirms the PaymentIntent of an open invoice with."""
    if not _of(sandbox, invoice):
        return None
    secret = intent_of(sandbox, invoice)["client_secret"]
    return {"client_secret": secret, "type": "payment_intent"}


def complete(sandbox: Sandbox, invoice: Obj, origin: Origin) -> None:
    """The PaymentIntent of the invoice has succeeded."""
    for payment in _of(sandbox, invoice):
        if payment["status"] == "open":
            paid = sandbox.store.invoice_payments.update(
                payment["id"],
                amount_paid=payment["amount_requested"],
                status="paid",
                status_transitions={"canceled_at": None, "paid_at": sandbox.clock.now()},
            )
            sandbox.emit("invoice_payment.paid", paid, origin)


def cancel(sandbox: Sandbox, invoice: Obj, origin: Origin) -> None:
    """Nobody is to pay the invoice by its PaymentIntent any more."""
    for payment in _of(sandbox, invoice):
        if payment["status"] != "open":
            continue
        sandbox.store.invoice_payments.update(
            payment["id"],
            status="canceled",
            status_transitions={"canceled_at": sandbox.clock.now(), "paid_at": None},
        )
        intent = sandbox.store.payment_intents.find(payment["payment"]["payment_intent"])
        if intent is not None and intent["status"] in payment_intents.CANCELABLE:
            payment_intents.end(sandbox, intent, "void_invoice", origin)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoice_payments/{id}``."""
    return sandbox.store.invoice_payments.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoice_payments``."""
    params = call.params
    intent_id = params.get("payment", {}).get("payment_intent")

    def matches(payment: Obj) -> bool:
        return all(
            payment[name] == params[name] for name in ("invoice", "status") if name in params
        ) and intent_id in (None, payment["payment"]["payment_intent"])

    return cut(sandbox.store.invoice_payments, call.path, params, matches)
