"""Invoice items: what is to stand on a customer's next invoice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Call, Origin
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import cut
from ..money import check_granularity, read_currency, rounded
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import catalog, invoice_lines, timeline


def build(sandbox: Sandbox, customer: Obj, **facts: Any) -> Obj:
    """An invoice item that is not in the books yet."""
    now = timeline.now(sandbox, customer)
    return {
        "id": sandbox.ids.new("ii_"),
        "object": "invoiceitem",
        "customer": customer["id"],
        "customer_account": None,
        "date": now,
        "description": None,
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": invoice_lines.period(now, now),
        "pricing": None,
        "proration": False,
        "quantity": 1,
        "quantity_decimal": str(facts.get("quantity", 1)),
        "tax_rates": [],
        "test_clock": customer["test_clock"],
        **facts,
    }


def keep(sandbox: Sandbox, entry: Obj, origin: Origin) -> Obj:
    """Put the item in the books, for the next invoice."""
    sandbox.store.invoice_items.add(entry)
    sandbox.emit("invoiceitem.created", entry, origin)
    return entry


def pending(sandbox: Sandbox, customer_id: str, wanted: Callable[[str | None], bool]) -> list[Obj]:
    """The customer's items on no invoice yet, oldest first.

    ``wanted`` is asked about the id of the subscription that each belongs to, or ``None``.
    """
    found = [
        entry
        for entry in sandbox.store.invoice_items.newest_first()
        if entry["customer"] == customer_id
        and entry["invoice"] is None
        and wanted(subscription_of(entry))
    ]
    return found[::-1]


def subscription_of(entry: Obj) -> str | None:
    """The subscription that the item belongs to."""
    subscription: str | None = (
        entry["parent"]["subscription_details"]["subscription"] if entry["parent"] else None
    )
    return subscription


def claim(sandbox: Sandbox, entries: list[Obj], invoice_id: str) -> None:
    """Note that the items stand on an invoice now."""
    for entry in entries:
        if sandbox.store.invoice_items.find(entry["id"]) is not None:
            sandbox.store.invoice_items.update(entry["id"], invoice=invoice_id)


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoiceitems``: for the next invoice, or for a draft named by ``invoice``."""
    params = call.params
    customer = _customer(sandbox, params)
    draft = _draft(sandbox, params, customer)
    facts = _facts(sandbox, customer, params)
    entry = build(sandbox, customer, **facts)
    if "subscription" in params:
        subscription = sandbox.store.subscriptions.get(params["subscription"], "subscription")
        entry["parent"] = parent_of(subscription["id"])
    if draft is not None and draft["currency"] != entry["currency"]:
        raise InvalidParamsError("The invoice is in another currency.", param="currency")
    entry["invoice"] = draft["id"] if draft else None
    keep(sandbox, entry, call.origin)
    if draft is not None:
        _rewrite(sandbox, draft, [*_lines(sandbox, draft), _line(sandbox, entry)], call.origin)
    return entry


def _customer(sandbox: Sandbox, params: dict[str, Any]) -> Obj:
    if "customer" in params:
        return sandbox.store.customers.get(params["customer"], "customer")
    if "invoice" not in params:
        raise parameter_missing("customer")
    invoice = sandbox.store.invoices.get(params["invoice"], "invoice")
    return sandbox.store.customers.get(invoice["customer"], "customer")


def _draft(sandbox: Sandbox, params: dict[str, Any], customer: Obj) -> Obj | None:
    if "invoice" not in params:
        return None
    invoice = sandbox.store.invoices.get(params["invoice"], "invoice")
    if invoice["customer"] != customer["id"]:
        raise InvalidParamsError("The invoice belongs to another customer.", param="invoice")
    if invoice["status"] != "draft":
        raise _not_editable(invoice["id"])
    return invoice


def _not_editable(invoice_id: str) -> StateConflictError:
    return StateConflictError(
        f"Invoice {invoice_id} is no longer editable.", code="invoice_not_editable"
    )


def parent_of(subscription_id: str, item_id: str | None = None) -> Obj:
    """Where an item comes from that a subscription has caused."""
    details = {"subscription": subscription_id}
    if item_id is not None:
        details["subscription_item"] = item_id
    return {"subscription_details": details, "type": "subscription_details"}


def _facts(sandbox: Sandbox, customer: Obj, params: dict[str, Any]) -> Obj:
    facts: Obj = {name: params[name] for name in ("discountable", "period") if name in params}
    facts["metadata"] = merge_metadata({}, params.get("metadata") or None)
    if "amount" in params:
        facts["currency"] = read_currency(params.get("currency") or customer["currency"] or "usd")
        check_granularity(params["amount"], facts["currency"], "amount")
        facts["amount"] = params["amount"]
    else:
        facts |= _priced(sandbox, params)
    if "description" in params:
        facts["description"] = params["description"]
    return facts


def _priced(sandbox: Sandbox, params: dict[str, Any]) -> Obj:
    pricing = params.get("pricing", {})
    if not pricing and "price_data" not in params:
        raise parameter_missing("amount")
    price = catalog.resolve_price(sandbox, pricing or params, "pricing" if pricing else "")
    quantity = params.get("quantity", 1)
    return {
        "amount": rounded(invoice_lines.cost(price, quantity), price["currency"]),
        "currency": price["currency"],
        "description": catalog.name_of(sandbox, price),
        "pricing": invoice_lines.pricing(price),
        "quantity": quantity,
    }


def _lines(sandbox: Sandbox, draft: Obj) -> list[Obj]:
    lines: list[Obj] = sandbox.store.invoices.part(draft["id"])["lines"]
    return lines


def _line(sandbox: Sandbox, entry: Obj) -> Obj:
    return {**invoice_lines.of_invoice_item(sandbox, entry), "invoice": entry["invoice"]}


def _rewrite(sandbox: Sandbox, draft: Obj, lines: list[Obj], origin: Origin) -> None:
    sandbox.store.invoices.part(draft["id"])["lines"] = lines
    changes = {
        **invoice_lines.totals(lines, draft["starting_balance"]),
        "lines": invoice_lines.shown(draft["id"], lines),
    }
    changed = sandbox.store.invoices.update(draft["id"], **changes)
    previous = {name: draft[name] for name in changes if draft[name] != changed[name]}
    sandbox.emit("invoice.updated", changed, origin, previous)


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoiceitems/{id}``."""
    return sandbox.store.invoice_items.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoiceitems/{id}``: as long as no finalized invoice has it."""
    old = sandbox.store.invoice_items.get(call.id)
    draft = _editable(sandbox, old)
    params = call.params
    same = ("amount", "description", "discountable", "period")
    changes: Obj = {name: params[name] for name in same if name in params}
    if "amount" in changes:
        check_granularity(changes["amount"], old["currency"], "amount")
    changes["metadata"] = merge_metadata(old["metadata"], params.get("metadata"))
    entry = sandbox.store.invoice_items.update(call.id, **changes)
    if draft is not None:
        lines = [
            _line(sandbox, entry) if _is_line_of(line, call.id) else line
            for line in _lines(sandbox, draft)
        ]
        _rewrite(sandbox, draft, lines, call.origin)
    return entry


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/invoiceitems/{id}``: as long as no finalized invoice has it."""
    entry = sandbox.store.invoice_items.get(call.id)
    draft = _editable(sandbox, entry)
    sandbox.store.invoice_items.remove(call.id)
    sandbox.emit("invoiceitem.deleted", entry, call.origin)
    if draft is not None:
        left = [line for line in _lines(sandbox, draft) if not _is_line_of(line, call.id)]
        _rewrite(sandbox, draft, left, call.origin)
    return {"id": call.id, "object": "invoiceitem", "deleted": True}


def _editable(sandbox: Sandbox, entry: Obj) -> Obj | None:
    """The draft that the item stands on, if any; raises where it is a draft no more."""
    invoice = sandbox.store.invoices.find(entry["invoice"] or "")
    if invoice is not None and invoice["status"] != "draft":
        raise _not_editable(invoice["id"])
    return invoice


def _is_line_of(line: Obj, entry_id: str) -> bool:
    parent = line["parent"]
    details = parent["invoice_item_details"] or parent["subscription_item_details"]
    return bool(details["invoice_item"] == entry_id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoiceitems``."""
    params = call.params

    def matches(entry: Obj) -> bool:
        return all(
            entry[name] == params[name] for name in ("customer", "invoice") if name in params
        ) and params.get("pending") in (None, entry["invoice"] is None)

    return cut(sandbox.store.invoice_items, call.path, params, matches)
