"""D4: a deposit held on the card: placed near pickup, captured once and in part, released."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.models import HoldClosing, LedgerEntry, Payment, RentalOrder
from payments.services.holds import capture_hold, deposit_status, release_hold
from payments.services.lifecycle import lock_order
from payments.tests.factories import make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import PAYS, Sandbox, deliver_all
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)


def held_later(sandbox: Sandbox, card: str = PAYS) -> RentalOrder:
    """A paid order of a product whose deposit of 50.00 EUR is held near pickup, a month ahead."""
    make_gateway()
    product = make_product(deposit_strategy="HOLD")
    order, payment = place_with_checkout(make_user(), (product, 1))
    sandbox.pay(payment.session_id, card)
    deliver_all(Client(), sandbox.events())
    work()
    order.refresh_from_db()
    return order


def begins_in(order: RentalOrder, hours: float, days: float = 2) -> None:
    """As if the rental began in so many hours."""
    start = timezone.now() + timedelta(hours=hours)
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_start_date=start, rental_end_date=start + timedelta(days=days)
    )


def held(sandbox: Sandbox, card: str = PAYS) -> tuple[RentalOrder, Payment]:
    """The same order, an hour before it begins: the deposit is held."""
    order = held_later(sandbox, card)
    begins_in(order, 1)
    quiet()
    return again(order), order.payments.filter(kind="DEPOSIT").latest("created_at")


def intents(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The PaymentIntents at Stripe that hold or held something, oldest first."""
    found = sandbox.get("/v1/payment_intents", limit="100")["data"]
    return [intent for intent in reversed(found) if intent["capture_method"] == "manual"]


def balance(order: RentalOrder, account: str) -> int:
    entries = LedgerEntry.objects.filter(transaction__order=order, account=account)
    return sum(entries.values_list("amount_minor", flat=True))


def capture(order: RentalOrder, amount_minor: int) -> int:
    with transaction.atomic():
        return capture_hold(lock_order(order.pk), amount_minor)


def release(order: RentalOrder) -> None:
    with transaction.atomic():
        release_hold(lock_order(order.pk))


def test_the_checkout_asks_for_rent_and_tax_only_and_saves_the_card(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    paid = order.payments.get()
    assert (order.status, order.deposit_minor, order.due_minor) == ("CONFIRMED", 5000, 5950)
    assert (paid.amount_minor, paid.captured_minor) == (5950, 5950)
    intent = sandbox.get(f"/v1/payment_intents/{paid.intent_id}")
    assert intent["setup_future_usage"] == "off_session"
    assert (paid.customer_ref, paid.method_ref) == (intent["customer"], intent["payment_method"])
    assert balance(order, "deposit") == 0
    assert_books(sandbox)


def test_nothing_is_held_long_before_pickup(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    quiet()
    assert order.payments.count() == 1
    assert deposit_status(order) == "PLANNED"


def test_the_deposit_is_held_when_pickup_is_near(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 5000)
    assert (hold.status, hold.amount_minor, hold.captured_minor) == ("AUTHORIZED", 5000, 0)
    charge = sandbox.get(f"/v1/charges/{intent['latest_charge']}")
    ends = charge["payment_method_details"]["card"]["capture_before"]
    assert hold.capture_before is not None
    assert int(hold.capture_before.timestamp()) == ends
    assert deposit_status(order) == "HELD"
    assert_books(sandbox)


def test_a_part_is_captured_once_and_the_rest_is_let_go(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    assert capture(order, 3000) == 3000
    assert capture(order, 3000) == 0
    quiet()
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 3000)
    assert (again(hold).status, hold.captured_minor) == ("SUCCEEDED", 3000)
    assert HoldClosing.objects.get().status == "DONE"
    assert balance(order, "stripe_clearing") == 5950 + 3000
    assert balance(order, "customer") == -3000  # until the claim is posted
    assert deposit_status(order) == "CAPTURED"
    assert order.refunds.count() == 0
    assert_books(sandbox)


def test_a_hold_is_released_when_there_is_nothing_to_claim(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    release(order)
    quiet()
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert again(hold).status == "CANCELLED"
    assert again(order).attention == ""
    assert_books(sandbox)
