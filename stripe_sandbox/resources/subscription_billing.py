"""The invoices of a subscription."""

from __future__ import annotations

from typing import Any

from ..call import Origin
from ..errors import CardError
from ..sandbox import Sandbox
from ..store import Obj
from . import invoice_draft, invoice_items, invoice_lines, invoicing


def bill(
    sandbox: Sandbox,
    subscription: Obj,
    reason: str,
    origin: Origin,
    *,
    items: list[Obj] = (),  # type: ignore[assignment]
    period: Obj | None = None,
    advances: bool = True,
    trial: bool = False,
) -> Obj:
    """A new draft with the pending invoice items and a line for each of ``items``."""
    customer = sandbox.store.customers.get(subscription["customer"])
    entries = pending(sandbox, subscription, customer, alone=reason == "subscription_update")
    lines = [invoice_lines.of_invoice_item(sandbox, entry) for entry in entries]
    lines += [invoice_lines.of_subscription_item(sandbox, item, trial=trial) for item in items]
    invoice = invoice_draft.write(
        sandbox,
        customer,
        subscription["currency"],
        lines,
        reason,
        subscription=subscription,
        period=period,
        advances=advances,
    )
    invoice_items.claim(sandbox, entries, invoice["id"])
    sandbox.store.subscriptions.update(subscription["id"], latest_invoice=invoice["id"])
    return invoicing.add(sandbox, invoice, lines, origin)


def pending(
    sandbox: Sandbox, subscription: Obj, customer: Obj, *, alone: bool = False
) -> list[Obj]:
    """Invoice items that wait for the subscription's next invoice, and unless ``alone`` those
    that wait for any.
    """
    wanted = {subscription["id"]} if alone else {subscription["id"], None}
    found = invoice_items.pending(sandbox, customer["id"], lambda one: one in wanted)
    return [entry for entry in found if entry["currency"] == subscription["currency"]]


def charge_now(sandbox: Sandbox, invoice: Obj, behavior: str, origin: Origin, **wish: Any) -> Obj:
    """Finalize at once, and collect as ``payment_behavior`` says; ``wish`` is for the intent.

    Raises ``CardError`` where ``behavior`` is error_if_incomplete; the invoice is void then.
    """
    kept = sandbox.store.invoices.part(invoice["id"])
    kept["all_or_nothing"] = behavior == "error_if_incomplete"
    invoice = invoicing.finalize(sandbox, invoice, origin, **wish)
    if invoice["status"] != "open" or behavior == "default_incomplete":
        return invoice
    try:
        return invoicing.collect(sandbox, invoice, origin, off_session=False)
    except CardError:
        if behavior == "error_if_incomplete":
            invoicing.void(sandbox, sandbox.store.invoices.get(invoice["id"]), origin)
            raise
        return sandbox.store.invoices.get(invoice["id"])
