"""What the endpoints of PaymentMethods accept."""

from __future__ import annotations

from ..params import Choice, Fields, Integer, Metadata, Param
from .common import ADDRESS, ANY, CLEARABLE, TEXT, accepts

_BILLING = Fields({"address": ADDRESS, "email": CLEARABLE, "name": CLEARABLE, "phone": CLEARABLE})

DESCRIPTION: dict[str, Param] = {
    "allow_redisplay": ANY,
    "billing_details": _BILLING,
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
}
METHOD = accepts(DESCRIPTION, "type")
#: ``payment_method_data`` of other endpoints, which know no cards.
METHOD_DATA = Fields(
    {
        **{name: param for name, param in DESCRIPTION.items() if name != "card"},
        "type": Choice("sepa_debit"),
    },
    ("type",),
)
METHOD_UPDATE = accepts(
    {
        "allow_redisplay": Choice("always", "limited", "unspecified"),
        "billing_details": _BILLING,
        "card": Fields({"exp_month": Integer(), "exp_year": Integer()}),
        "metadata": Metadata(),
    }
)
