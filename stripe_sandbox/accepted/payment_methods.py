"""What the endpoints of PaymentMethods accept."""

from __future__ import annotations

from ..params import Fields, Integer, Metadata
from .common import ADDRESS, ANY, CLEARABLE, TEXT, accepts

METHOD = accepts(
    {
        "allow_redisplay": ANY,
        "billing_details": Fields(
            {"address": ADDRESS, "email": CLEARABLE, "name": CLEARABLE, "phone": CLEARABLE}
        ),
        "card": Fields(
            {
                "cvc": TEXT,
                "exp_month": Integer(),
                "exp_year": Integer(),
                "networks": ANY,
                "number": TEXT,
                "token": TEXT,
            }
        ),
        "metadata": Metadata(),
        "sepa_debit": Fields({"iban": TEXT}, ("iban",)),
        "type": TEXT,
    },
    "type",
)
