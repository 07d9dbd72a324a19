"""Writing invoices: whose, for what, and how they are to be collected."""

from __future__ import annotations

from typing import Any

from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import invoice_lines, timeline
from .invoicing import DRAFT_SECONDS
from .periods import DAY

#: What an invoice says as long as nobody asked for something else.
_BLANK: Obj = {
    "account_country": "US",
    "account_tax_ids": None,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_shipping": 0,
    "application": None,
    "attempt_count": 0,
    "attempted": False,
    "automatic_tax": {
        "disabled_reason": None,
        "enabled": False,
        "liability": None,
        "provider": None,
        "status": None,
    },
    "custom_fields": None,
    "customer_account": None,
    "customer_tax_ids": [],
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "effective_at": None,
    "ending_balance": None,
    "footer": None,
    "from_invoice": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "issuer": {"type": "self"},
    "last_finalization_error": None,
    "latest_revision": None,
    "livemode": False,
    "next_payment_attempt": None,
    "number": None,
    "on_behalf_of": None,
    "payment_settings": {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": None,
    },
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "receipt_number": None,
    "rendering": None,
    "shipping_cost": None,
    "shipping_details": None,
    "statement_descriptor": None,
    "status": "draft",
    "status_transitions": {
        "finalized_at": None,
        "marked_uncollectible_at": None,
        "paid_at": None,
        "voided_at": None,
    },
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
    "webhooks_delivered_at": None,
}
#: Parameters that an invoice shows as they were given.
COPIED = (
    "custom_fields",
    "default_payment_method",
    "description",
    "footer",
    "number",
    "statement_descriptor",
)


def write(
    sandbox: Sandbox,
    customer: Obj,
    currency: str,
    lines: list[Obj],
    reason: str,
    *,
    subscription: Obj | None = None,
    period: Obj | None = None,
    wish: dict[str, Any] | None = None,
    advances: bool = True,
    invoice_id: str | None = None,
) -> Obj:
    """A draft, not in the books yet, and its lines marked as its own.

    ``advances`` says whether it finalizes by itself; ``wish`` holds parameters of the API.
    """
    wish = wish or {}
    invoice_id = invoice_id or sandbox.ids.new("in_")
    now = timeline.now(sandbox, customer)
    for line in lines:
        line["invoice"] = invoice_id
    return {
        "id": invoice_id,
        "object": "invoice",
        **_BLANK,
        **_customer_facts(customer),
        **_collection(subscription or {}, wish, now),
        **invoice_lines.totals(lines, customer["balance"]),
        "account_name": sandbox.settings.merchant,
        "auto_advance": advances,
        "automatically_finalizes_at": now + DRAFT_SECONDS if advances else None,
        "billing_reason": reason,
        "created": now,
        "currency": currency,
        "customer": customer["id"],
        "lines": invoice_lines.shown(invoice_id, lines),
        "metadata": merge_metadata({}, wish.get("metadata") or None),
        "parent": _parent(subscription),
        "period_end": period["end"] if period else now,
        "period_start": period["start"] if period else now,
        "starting_balance": customer["balance"],
        "test_clock": customer["test_clock"],
        **{name: wish[name] for name in COPIED if name in wish},
    }


def _customer_facts(customer: Obj) -> Obj:
    return {
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
    }


def _collection(subscription: Obj, wish: dict[str, Any], now: int) -> Obj:
    """How the money is to come, and by when it is due where the customer is sent an invoice."""
    default = subscription.get("collection_method", "charge_automatically")
    method = wish.get("collection_method", default)
    due: int | None = None
    if method == "send_invoice":
        days = wish.get("days_until_due", subscription.get("days_until_due"))
        due = wish.get("due_date", now + (30 if days is None else days) * DAY)
    return {"collection_method": method, "due_date": due}


def _parent(subscription: Obj | None) -> Obj | None:
    if subscription is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": subscription["metadata"],
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    }
