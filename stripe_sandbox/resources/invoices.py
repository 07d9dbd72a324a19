"""The endpoints of invoices; how they live is in ``invoicing``."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import InvalidParamsError, StateConflictError, parameter_missing
from ..lists import cut, envelope
from ..money import read_currency
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from . import invoice_draft, invoice_items, invoice_lines, invoicing, timeline
from .payment_methods import resolve
from .periods import DAY


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices``: a draft, empty or with the customer's pending items."""
    params = call.params
    if "customer" not in params:
        raise parameter_missing("customer")
    customer = sandbox.store.customers.get(params["customer"], "customer")
    _check_due(params)
    entries = _pending(sandbox, customer, params)
    currency = _currency(customer, params, entries)
    subscription = None
    if "subscription" in params:
        subscription = sandbox.store.subscriptions.get(params["subscription"], "subscription")
    invoice = invoice_draft.write(
        sandbox,
        customer,
        currency,
        lines := [invoice_lines.of_invoice_item(sandbox, entry) for entry in entries],
        "subscription_update" if subscription else "manual",
        subscription=subscription,
        wish=params,
        advances=params.get("auto_advance", False),
    )
    invoice_items.claim(sandbox, entries, invoice["id"])
    return invoicing.add(sandbox, invoice, lines, call.origin)


def _check_due(params: dict[str, Any]) -> None:
    due = [name for name in ("days_until_due", "due_date") if name in params]
    if params.get("collection_method") == "send_invoice":
        if len(due) != 1:
            raise InvalidParamsError(
                "If invoice collection method is `send_invoice`, you must specify one of "
                "`days_until_due` or `due_date`."
            )
    elif due:
        raise InvalidParamsError(
            f"You can only pass {due[0]} if collection_method is send_invoice.", param=due[0]
        )


def _pending(sandbox: Sandbox, customer: Obj, params: dict[str, Any]) -> list[Obj]:
    if "subscription" in params:
        wanted = params["subscription"]
        return invoice_items.pending(sandbox, customer["id"], lambda one: one == wanted)
    if params.get("pending_invoice_items_behavior") == "include":
        return invoice_items.pending(sandbox, customer["id"], lambda _: True)
    return []


def _currency(customer: Obj, params: dict[str, Any], entries: list[Obj]) -> str:
    stated = [params["currency"]] if "currency" in params else []
    currencies = [read_currency(code) for code in stated] + [one["currency"] for one in entries]
    if len(set(currencies)) > 1:
        raise InvalidParamsError("The pending invoice items are in another currency.")
    return str((currencies or [customer["currency"] or "usd"])[0])


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoices/{id}``."""
    return sandbox.store.invoices.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoices``."""
    params = call.params

    def matches(invoice: Obj) -> bool:
        parent = (invoice["parent"] or {}).get("subscription_details") or {}
        return all(
            invoice[name] == params[name]
            for name in ("collection_method", "customer", "status")
            if name in params
        ) and params.get("subscription") in (None, parent.get("subscription"))

    return cut(sandbox.store.invoices, call.path, params, matches)


def list_lines(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/invoices/{id}/lines``."""
    sandbox.store.invoices.get(call.id)
    lines: list[Obj] = sandbox.store.invoices.part(call.id)["lines"]
    ids = [line["id"] for line in lines]
    after = call.params.get("starting_after")
    if after is not None and after not in ids:
        raise InvalidParamsError(f"No such line item: '{after}'", param="starting_after")
    rest = lines[ids.index(after) + 1 :] if after else lines
    limit = call.params.get("limit", 10)
    return envelope(rest[:limit], call.path, len(rest) > limit)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}``: a draft freely, later only what does not change the bill."""
    invoice = sandbox.store.invoices.get(call.id)
    params = call.params
    fixed = {"collection_method", "days_until_due", "description", "due_date", "footer", "number"}
    if invoice["status"] != "draft" and (frozen := sorted(fixed & set(params))):
        raise StateConflictError(
            f"Finalized invoices can't be updated in this way: {', '.join(frozen)}.",
            code="invoice_not_editable",
            param=frozen[0],
        )
    changes: Obj = {name: params[name] for name in invoice_draft.COPIED if name in params}
    changes |= _timing(sandbox, invoice, params)
    changes["metadata"] = merge_metadata(invoice["metadata"], params.get("metadata"))
    changed = invoicing.change(sandbox, invoice, call.origin, **changes)
    if changed["automatically_finalizes_at"] != invoice["automatically_finalizes_at"]:
        at = changed["automatically_finalizes_at"]
        if at is not None:
            timeline.schedule(sandbox, changed, at, "finalize_invoice")
    return changed


def _timing(sandbox: Sandbox, invoice: Obj, params: dict[str, Any]) -> Obj:
    """How and when it goes on: collection, due date, and whether by itself."""
    now = timeline.now(sandbox, invoice)
    changes: Obj = {n: params[n] for n in ("collection_method", "due_date") if n in params}
    if "days_until_due" in params:
        changes["due_date"] = now + params["days_until_due"] * DAY
    if "auto_advance" in params:
        advances = params["auto_advance"]
        changes["auto_advance"] = advances
        if invoice["status"] == "draft":
            at = invoice["automatically_finalizes_at"] or now + invoicing.DRAFT_SECONDS
            changes["automatically_finalizes_at"] = at if advances else None
    return changes


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/invoices/{id}``: a draft that no subscription has made."""
    invoice = sandbox.store.invoices.get(call.id)
    invoicing.expect(invoice, ("draft",), "delete")
    if invoice["parent"] is not None:
        raise StateConflictError("You can't delete invoices created by subscriptions.")
    for entry in list(sandbox.store.invoice_items.newest_first()):
        if entry["invoice"] == call.id:
            sandbox.store.invoice_items.remove(entry["id"])
    sandbox.store.invoices.remove(call.id)
    sandbox.emit("invoice.deleted", invoice, call.origin)
    return {"id": call.id, "object": "invoice", "deleted": True}


def finalize(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}/finalize``; with ``auto_advance`` the money is collected, too."""
    invoice = sandbox.store.invoices.get(call.id)
    advances = call.params.get("auto_advance", invoice["auto_advance"])
    invoicing.expect(invoice, ("draft",), "finalize")
    invoice = sandbox.store.invoices.update(call.id, auto_advance=advances)
    opened = invoicing.finalize(sandbox, invoice, call.origin)
    if advances:
        return invoicing.advance(sandbox, opened, call.origin, off_session=True)
    return opened


def pay(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}/pay``: with a method given or on file, or out of band."""
    invoice = sandbox.store.invoices.get(call.id)
    if invoice["status"] == "paid":
        raise StateConflictError("Invoice is already paid")
    invoicing.expect(invoice, ("draft", "open", "uncollectible"), "pay")
    method = None
    if "payment_method" in call.params:
        method = resolve(sandbox, call.params["payment_method"])
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(sandbox, invoice, call.origin)
    if invoice["status"] == "paid":
        return invoice
    if call.params.get("paid_out_of_band"):
        return invoicing.pay_out_of_band(sandbox, invoice, call.origin)
    method = method or invoicing.method_for(sandbox, invoice)
    if method is None:
        raise StateConflictError(
            "There is no `default_payment_method` set on this Customer or Invoice. Please "
            "provide a `payment_method`, or set one as the customer's default."
        )
    off_session = call.params.get("off_session", True)
    return invoicing.charge(sandbox, invoice, method, call.origin, off_session=off_session)


def void(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}/void``."""
    return invoicing.void(sandbox, sandbox.store.invoices.get(call.id), call.origin)


def mark_uncollectible(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}/mark_uncollectible``."""
    return invoicing.give_up(sandbox, sandbox.store.invoices.get(call.id), call.origin)


def send(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/invoices/{id}/send``; a draft is finalized first."""
    invoice = sandbox.store.invoices.get(call.id)
    if invoice["collection_method"] != "send_invoice":
        raise StateConflictError(
            "You can only manually send an invoice if its collection method is 'send_invoice'."
        )
    invoicing.expect(invoice, ("draft", "open"), "send")
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(sandbox, invoice, call.origin)
    return invoicing.send(sandbox, invoice, call.origin)
