"""The lines of invoices, and what they add up to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..lists import envelope
from ..money import display, rounded
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog

#: An invoice shows so many of its lines; the rest is listed.
SHOWN = 10


def cost(price: Obj, quantity: int) -> Fraction:
    """What so many cost for one period (or once), not rounded yet."""
    return Fraction(price["unit_amount_decimal"]) * quantity


def pricing(price: Obj) -> Obj:
    """How a line tells its price."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def period(start: int, end: int) -> Obj:
    """From when to when a line counts, in seconds."""
    return {"end": end, "start": start}


def of_subscription_item(
    sandbox: Sandbox, item: Obj, *, factor: Fraction | None = None, trial: bool = False
) -> Obj:
    """The line for an item's current period; ``factor`` is the share of it that is billed."""
    price = item["price"]
    amount = cost(price, item["quantity"]) * (1 if factor is None else factor)
    return _line(
        sandbox,
        amount=0 if trial else rounded(amount, price["currency"]),
        currency=price["currency"],
        description=_description(sandbox, item, trial=trial),
        metadata=item["metadata"],
        parent=_item_parent(item["subscription"], item["id"], None, proration=False),
        period=period(item["current_period_start"], item["current_period_end"]),
        pricing=pricing(price),
        quantity=item["quantity"],
        subscription=item["subscription"],
    )


def _description(sandbox: Sandbox, item: Obj, *, trial: bool) -> str:
    price = item["price"]
    name = catalog.name_of(sandbox, price)
    if trial:
        return f"Trial period for {name}"
    recurring = price["recurring"]
    every = recurring["interval"]
    if recurring["interval_count"] > 1:
        every = f"every {recurring['interval_count']} {every}s"
    unit = rounded(cost(price, 1), price["currency"])
    return f"{item['quantity']} × {name} (at {display(unit, price['currency'])} / {every})"


def of_invoice_item(sandbox: Sandbox, entry: Obj) -> Obj:
    """The line that an invoice item becomes."""
    details = (entry["parent"] or {}).get("subscription_details") or {}
    subscription_id = details.get("subscription")
    if "subscription_item" in details:
        parent = _item_parent(
            subscription_id, details["subscription_item"], entry["id"], proration=True
        )
    else:
        parent = {
            "invoice_item_details": {
                "invoice_item": entry["id"],
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription_id,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    same = (
        "amount",
        "currency",
        "description",
        "discountable",
        "metadata",
        "period",
        "pricing",
        "quantity",
    )
    return _line(
        sandbox,
        parent=parent,
        subscription=subscription_id,
        **{name: entry[name] for name in same},
    )


def _item_parent(
    subscription_id: str | None, item_id: str, invoice_item: str | None, *, proration: bool
) -> Obj:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": subscription_id,
            "subscription_item": item_id,
        },
        "type": "subscription_item_details",
    }


def _line(sandbox: Sandbox, **facts: Any) -> Obj:
    return {
        "id": sandbox.ids.new("il_"),
        "object": "line_item",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "pretax_credit_amounts": [],
        "quantity_decimal": str(facts["quantity"]),
        "subtotal": facts["amount"],
        "taxes": [],
        **facts,
    }


def shown(invoice_id: str, lines: list[Obj]) -> Obj:
    """The lines as an invoice shows them."""
    url = f"/v1/invoices/{invoice_id}/lines"
    return envelope(lines[:SHOWN], url, len(lines) > SHOWN)


def totals(lines: list[Obj], balance: int) -> Obj:
    """The sums; ``balance`` is what the customer owes already, negative where he has credit."""
    total: int = sum(line["amount"] for line in lines)
    due = max(0, total + balance)
    return {
        "amount_due": due,
        "amount_remaining": due,
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
    }
