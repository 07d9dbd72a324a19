"""Which types of PaymentMethods a payment is offered."""

from __future__ import annotations

from typing import Any

#: All that the sandbox knows, in the order in which Stripe would show them.
KNOWN = ("card", "sepa_debit")


def offered(currency: str | None, wish: dict[str, Any]) -> list[str]:
    """The types for a payment in ``currency``, as far as ``wish`` (an endpoint's params) allows.

    Debits are in euros, and cannot be held. Calls in an older version name the types themselves.
    """
    if "payment_method_types" in wish:
        return list(wish["payment_method_types"])
    allowed = wish.get("allowed_payment_method_types") or KNOWN
    excluded = wish.get("excluded_payment_method_types") or ()
    debits = currency == "eur" and wish.get("capture_method") != "manual"
    return [
        kind
        for kind in KNOWN
        if kind in allowed and kind not in excluded and (kind == "card" or debits)
    ]
