"""What the endpoints of invoices, invoice items and InvoicePayments accept."""

from __future__ import annotations

from ..params import Boolean, Choice, Fields, Integer, ListOf, Metadata, Param, Text
from .catalog import PRICE_DATA
from .common import ANY, CLEARABLE, LATER, TEXT, accepts

COLLECTION = Choice("charge_automatically", "send_invoice")
NO_TAX = Fields({"enabled": Choice("false"), "liability": ANY})
DAYS = Integer(minimum=0, maximum=3650)

_INVOICE: dict[str, Param] = {
    "account_tax_ids": ANY,
    "application_fee_amount": LATER,
    "auto_advance": Boolean(),
    "automatic_tax": NO_TAX,
    "automatically_finalizes_at": LATER,
    "collection_method": COLLECTION,
    "custom_fields": ListOf(Fields({"name": TEXT, "value": TEXT}, ("name", "value")), limit=4),
    "days_until_due": DAYS,
    "default_payment_method": TEXT,
    "default_source": LATER,
    "default_tax_rates": LATER,
    "description": CLEARABLE,
    "discounts": LATER,
    "due_date": Integer(),
    "effective_at": LATER,
    "footer": CLEARABLE,
    "issuer": ANY,
    "metadata": Metadata(),
    "number": Text(limit=26),
    "on_behalf_of": LATER,
    "payment_settings": ANY,
    "rendering": ANY,
    "shipping_cost": LATER,
    "shipping_details": ANY,
    "statement_descriptor": Text(limit=22),
    "transfer_data": LATER,
}
INVOICE_CREATE = accepts(
    {
        **_INVOICE,
        "currency": TEXT,
        "customer": TEXT,
        "customer_account": LATER,
        "from_invoice": LATER,
        "pending_invoice_items_behavior": Choice("exclude", "include"),
        "subscription": TEXT,
    }
)
INVOICE_UPDATE = accepts(_INVOICE)
INVOICE_PAY = accepts(
    {
        "forgive": LATER,
        "mandate": ANY,
        "off_session": Boolean(),
        "paid_out_of_band": Boolean(),
        "payment_method": TEXT,
        "source": LATER,
    }
)

_ITEM: dict[str, Param] = {
    "amount": Integer(),
    "description": TEXT,
    "discountable": Boolean(),
    "discounts": LATER,
    "metadata": Metadata(),
    "period": Fields({"end": Integer(), "start": Integer()}, ("end", "start")),
    "tax_behavior": ANY,
    "tax_code": ANY,
    "tax_rates": LATER,
}
INVOICE_ITEM_CREATE = accepts(
    {
        **_ITEM,
        "currency": TEXT,
        "customer": TEXT,
        "customer_account": LATER,
        "invoice": TEXT,
        "price_data": PRICE_DATA,
        "pricing": Fields({"price": TEXT}),
        "quantity": Integer(minimum=0),
        "quantity_decimal": LATER,
        "subscription": TEXT,
        "unit_amount_decimal": LATER,
    }
)
INVOICE_ITEM_UPDATE = accepts(
    {
        **_ITEM,
        "invoicing_rules": LATER,
        "price_data": LATER,
        "pricing": LATER,
        "quantity": LATER,
        "quantity_decimal": LATER,
        "unit_amount_decimal": LATER,
    }
)
