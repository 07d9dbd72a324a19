"""What the endpoints of Customers accept."""

from __future__ import annotations

from ..params import Fields, Integer, Metadata, Param, Text
from .common import ADDRESS, ANY, CLEARABLE, LATER, TEXT, accepts

CUSTOMER: dict[str, Param] = {
    "address": ADDRESS,
    "balance": Integer(),
    "business_name": CLEARABLE,
    "cash_balance": LATER,
    "description": CLEARABLE,
    "email": Text(limit=512, clearable=True),
    "individual_name": CLEARABLE,
    "invoice_prefix": ANY,
    "invoice_settings": Fields(
        {
            "custom_fields": ANY,
            "default_payment_method": CLEARABLE,
            "footer": CLEARABLE,
            "rendering_options": ANY,
        }
    ),
    "metadata": Metadata(),
    "name": Text(limit=256, clearable=True),
    "next_invoice_sequence": ANY,
    "phone": Text(limit=20, clearable=True),
    "preferred_locales": ANY,
    "shipping": ANY,
    "source": LATER,
    "tax": ANY,
    "tax_exempt": ANY,
    "validate": ANY,
}
CUSTOMER_CREATE = accepts(
    {**CUSTOMER, "payment_method": TEXT, "tax_id_data": ANY, "test_clock": TEXT}
)
