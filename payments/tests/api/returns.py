"""What the tests of pickup, return, claims and deposits share."""

from typing import Any

from accounts.models import User
from payments.models import LedgerEntry, RentalOrder
from payments.tests.api.support import data
from payments.tests.factories import api_client


def post(user: User, order: RentalOrder, path: str, key: str | None = None, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    url = f"/payments/rental-orders/{order.pk}/{path}/"
    return api_client(user).post(url, body, format="json", headers=headers)


def bring_back(staff: User, order: RentalOrder) -> RentalOrder:
    """Handed over, and taken back."""
    for step in ("hand_over", "take_back"):
        data(post(staff, order, step))
    order.refresh_from_db()
    return order


def claim(staff: User, order: RentalOrder, amount: str, kind: str = "DAMAGE") -> Any:
    body = {"kind": kind, "amount": amount, "reason": "A bent pole."}
    return data(post(staff, order, "claims", **body), 201)


def accounts(order: RentalOrder) -> dict[str, int]:
    """What stands on each account of the order, where it is not zero."""
    found: dict[str, int] = {}
    for entry in LedgerEntry.objects.filter(transaction__order=order):
        found[entry.account] = found.get(entry.account, 0) + entry.amount_minor
    return {account: amount for account, amount in found.items() if amount}
