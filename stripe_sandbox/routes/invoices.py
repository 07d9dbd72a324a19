"""The endpoints of invoices, invoice items and InvoicePayments."""

from __future__ import annotations

from ..accepted.common import NOTHING, TEXT, accepts, dated
from ..accepted.invoices import (
    COLLECTION,
    INVOICE_CREATE,
    INVOICE_ITEM_CREATE,
    INVOICE_ITEM_UPDATE,
    INVOICE_PAY,
    INVOICE_UPDATE,
)
from ..accepted.subscriptions import PREVIEW
from ..lists import PAGE_PARAMS
from ..params import Boolean, Choice, Fields
from ..resources import invoice_items, invoice_payments, invoice_preview, invoices
from ..router import Route

INVOICES = "/v1/invoices"
ITEMS = "/v1/invoiceitems"
PAYMENTS = "/v1/invoice_payments"

ROUTES = (
    Route("POST", INVOICES, invoices.create, INVOICE_CREATE),
    Route(
        "GET",
        INVOICES,
        invoices.list_all,
        dated(
            collection_method=COLLECTION,
            customer=TEXT,
            status=Choice("draft", "open", "paid", "uncollectible", "void"),
            subscription=TEXT,
        ),
    ),
    Route("POST", INVOICES + "/create_preview", invoice_preview.create, PREVIEW),
    Route("GET", INVOICES + "/{id}", invoices.retrieve, NOTHING),
    Route("POST", INVOICES + "/{id}", invoices.update, INVOICE_UPDATE),
    Route("DELETE", INVOICES + "/{id}", invoices.delete, NOTHING),
    Route("GET", INVOICES + "/{id}/lines", invoices.list_lines, accepts(PAGE_PARAMS)),
    Route(
        "POST",
        INVOICES + "/{id}/finalize",
        invoices.finalize,
        accepts({"auto_advance": Boolean()}),
    ),
    Route("POST", INVOICES + "/{id}/pay", invoices.pay, INVOICE_PAY),
    Route("POST", INVOICES + "/{id}/void", invoices.void, NOTHING),
    Route("POST", INVOICES + "/{id}/mark_uncollectible", invoices.mark_uncollectible, NOTHING),
    Route("POST", INVOICES + "/{id}/send", invoices.send, NOTHING),
    Route("POST", ITEMS, invoice_items.create, INVOICE_ITEM_CREATE),
    Route(
        "GET",
        ITEMS,
        invoice_items.list_all,
        dated(customer=TEXT, invoice=TEXT, pending=Boolean()),
    ),
    Route("GET", ITEMS + "/{id}", invoice_items.retrieve, NOTHING),
    Route("POST", ITEMS + "/{id}", invoice_items.update, INVOICE_ITEM_UPDATE),
    Route("DELETE", ITEMS + "/{id}", invoice_items.delete, NOTHING),
    Route(
        "GET",
        PAYMENTS,
        invoice_payments.list_all,
        dated(
            invoice=TEXT,
            payment=Fields({"payment_intent": TEXT, "type": TEXT}, ("type",)),
            status=Choice("canceled", "open", "paid"),
        ),
    ),
    Route("GET", PAYMENTS + "/{id}", invoice_payments.retrieve, NOTHING),
)
