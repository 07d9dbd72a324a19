"""Proration: what a change in the middle of a period costs or gives back, by the second."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from ..money import rounded
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog, invoice_items, invoice_lines


def share_left(item: Obj, at: int) -> Fraction:
    """The part of the item's period that is still to come at ``at``."""
    start, end = item["current_period_start"], item["current_period_end"]
    return Fraction(min(max(end - at, 0), end - start), end - start)


def entries(
    sandbox: Sandbox, customer: Obj, before: list[Obj], after: list[Obj], at: int
) -> list[Obj]:
    """Invoice items, not in the books yet: credit for what ends, then what begins at ``at``."""
    new = {item["id"]: item for item in after}
    old = {item["id"]: item for item in before}
    ending = [item for item in before if not _same(item, new.get(item["id"]))]
    beginning = [item for item in after if not _same(item, old.get(item["id"]))]
    return credits(sandbox, customer, ending, at) + [
        _entry(sandbox, customer, item, at, credit=False) for item in beginning
    ]


def credits(sandbox: Sandbox, customer: Obj, items: list[Obj], at: int) -> list[Obj]:
    """Invoice items that give back what is left of the items' periods at ``at``."""
    return [_entry(sandbox, customer, item, at, credit=True) for item in items]


def _same(one: Obj, other: Obj | None) -> bool:
    return other is not None and (one["price"]["id"], one["quantity"]) == (
        other["price"]["id"],
        other["quantity"],
    )


def _entry(sandbox: Sandbox, customer: Obj, item: Obj, at: int, *, credit: bool) -> Obj:
    price, quantity = item["price"], item["quantity"]
    amount = rounded(invoice_lines.cost(price, quantity) * share_left(item, at), price["currency"])
    number = f"{quantity} × " if quantity != 1 else ""
    time = "Unused time" if credit else "Remaining time"
    day = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
    return invoice_items.build(
        sandbox,
        customer,
        amount=-amount if credit else amount,
        currency=price["currency"],
        description=f"{time} on {number}{catalog.name_of(sandbox, price)} after {day}",
        discountable=False,
        parent=invoice_items.parent_of(item["subscription"], item["id"]),
        period=invoice_lines.period(at, item["current_period_end"]),
        pricing=invoice_lines.pricing(price),
        proration=True,
        proration_details={"credited_items": None, "discount_amounts": []},
        quantity=quantity,
    )
