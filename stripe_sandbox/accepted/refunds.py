"""What the endpoints of Refunds accept."""

from __future__ import annotations

from ..params import Choice, Metadata
from .common import AMOUNT, LATER, TEXT, accepts

REFUND = accepts(
    {
        "amount": AMOUNT,
        "charge": TEXT,
        "currency": LATER,
        "customer": LATER,
        "instructions_email": TEXT,
        "metadata": Metadata(),
        "origin": LATER,
        "payment_intent": TEXT,
        "reason": Choice("duplicate", "fraudulent", "requested_by_customer"),
        "refund_application_fee": LATER,
        "reverse_transfer": LATER,
    }
)
