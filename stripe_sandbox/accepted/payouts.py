"""What the endpoints of Payouts accept."""

from __future__ import annotations

from ..params import Bounds, Choice, Metadata, Text
from .common import AMOUNT, LATER, TEXT, accepts, dated

CREATE = accepts(
    {
        "amount": AMOUNT,
        "currency": TEXT,
        "description": TEXT,
        "destination": TEXT,
        "metadata": Metadata(),
        "method": Choice("instant", "standard"),
        "payout_method": LATER,
        "source_type": Choice("card"),
        "statement_descriptor": Text(limit=22),
    },
    "amount",
    "currency",
)
LIST = dated(
    arrival_date=Bounds(),
    destination=TEXT,
    status=Choice("canceled", "failed", "in_transit", "paid", "pending"),
)
