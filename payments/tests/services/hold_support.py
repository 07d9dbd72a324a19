"""What the tests of held deposits begin with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import requests
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.models import LedgerEntry, Payment, RentalOrder
from payments.services.holds import capture_hold, release_hold
from payments.services.lifecycle import lock_order
from payments.tests.factories import make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import PAYS, Sandbox, deliver_all

MASTERCARD: Final = "5555555555554444"
ASKS_ITS_OWNER: Final = "4000002760003184"  # every time
WINDOW: Final = timedelta(days=4, hours=18)  # Visa, when its owner is not there


def held_later(sandbox: Sandbox, card: str = PAYS, strategy: str = "HOLD") -> RentalOrder:
    """A paid order of a product whose deposit of 50.00 EUR is not charged, a month ahead."""
    make_gateway()
    product = make_product(deposit_strategy=strategy)
    order, payment = place_with_checkout(make_user(), (product, 1))
    pay_page(sandbox, payment.session_id, card)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    return order


def pay_page(sandbox: Sandbox, session_id: str, card: str = PAYS) -> None:
    """The customer is at the payment page, and at his bank's; all events arrive."""
    paid = sandbox.pay(session_id, card)
    if paid.get("outcome") == "requires_action":
        url = f"{sandbox.address}/c/authenticate/{paid['session']['payment_intent']}"
        requests.post(url, data={"answer": "yes"}, allow_redirects=False, timeout=30)
    deliver_all(Client(), sandbox.events())
    work()


def begins_in(order: RentalOrder, hours: float, days: float = 2) -> None:
    """As if the rental began in so many hours."""
    start = timezone.now() + timedelta(hours=hours)
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_start_date=start, rental_end_date=start + timedelta(days=days)
    )
    order.refresh_from_db()


def held(sandbox: Sandbox, card: str = PAYS, days: float = 2) -> tuple[RentalOrder, Payment]:
    """The same order, an hour before it begins: the bank was asked to hold the deposit."""
    order = held_later(sandbox, card)
    begins_in(order, 1, days)
    quiet()
    order.refresh_from_db()
    return order, newest_hold(order)


def card_goes_bad(sandbox: Sandbox, order: RentalOrder) -> None:
    """From now on the customer's bank declines the card that he paid with."""
    customer = order.payments.earliest("created_at").customer_ref
    path = "/v1/payment_methods/pm_card_chargeCustomerFail/attach"
    order.payments.update(method_ref=sandbox.post(path, customer=customer)["id"])


def newest_hold(order: RentalOrder) -> Payment:
    return order.payments.filter(kind="DEPOSIT").latest("created_at")


def intents(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The PaymentIntents at Stripe that hold or held something, oldest first."""
    found = sandbox.get("/v1/payment_intents", limit="100")["data"]
    return [intent for intent in reversed(found) if intent["capture_method"] == "manual"]


def states(sandbox: Sandbox) -> list[str]:
    return [intent["status"] for intent in intents(sandbox)]


def balance(order: RentalOrder, account: str) -> int:
    entries = LedgerEntry.objects.filter(transaction__order=order, account=account)
    return sum(entries.values_list("amount_minor", flat=True))


def capture(order: RentalOrder, amount_minor: int) -> int:
    with transaction.atomic():
        return capture_hold(lock_order(order.pk), amount_minor)


def release(order: RentalOrder) -> None:
    with transaction.atomic():
        release_hold(lock_order(order.pk))


@dataclass
class Time:
    """Our clock and Stripe's, moved together. What waits in the database falls due by `quiet`."""

    sandbox: Sandbox
    patch: pytest.MonkeyPatch
    passed: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        real = timezone.now
        self.patch.setattr(timezone, "now", lambda: real() + self.passed)

    @property
    def now(self) -> datetime:
        return timezone.now()

    def passes(self, duration: timedelta) -> None:
        """Stripe's clock goes step by step, as its events do."""
        self.passed += duration
        self.sandbox.advance(int(duration.total_seconds()))

    def assert_books(self) -> None:
        """As if time had really passed: rows of ours are as old as what the database noted."""
        for table in ("payments_payment", "payments_holdclosing"):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {table} SET created_at = created_at - %s::interval"
                    " WHERE created_at > now() + interval '1 hour'",
                    [f"{self.passed.total_seconds()} seconds"],
                )
        assert_books(self.sandbox)
