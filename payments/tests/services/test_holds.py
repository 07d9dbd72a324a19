"""D4: a deposit held on the card: placed near pickup, captured once and in part, released."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.tests.factories import make_product
from payments.domain.errors import NoDepositToHold
from payments.models import HoldClosing, ReconciliationFinding, RentalOrder
from payments.services.hold_facts import HOLD_LAPSED
from payments.services.holds import deposit_status, hold_again
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order, note_no_show
from payments.services.reconcile import reconcile
from payments.services.sweep import sweep
from payments.tests.factories import make_gateway, make_user, place, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import PAYS, Sandbox
from payments.tests.services.hold_support import (
    MASTERCARD,
    balance,
    begins_in,
    capture,
    held,
    held_later,
    intents,
    newest_hold,
    release,
    states,
)
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_checkout_asks_for_rent_and_tax_only_and_saves_the_card(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    paid = order.payments.get()
    assert (order.deposit_minor, order.due_minor) == (5000, 5950)
    assert (paid.amount_minor, paid.captured_minor) == (5950, 5950)
    intent = sandbox.get(f"/v1/payment_intents/{paid.intent_id}")
    assert intent["setup_future_usage"] == "off_session"
    assert (paid.customer_ref, paid.method_ref) == (intent["customer"], intent["payment_method"])
    assert balance(order, "deposit") == 0
    assert_books(sandbox)


def test_a_deposit_that_is_charged_saves_no_card(sandbox: Sandbox) -> None:
    order = held_later(sandbox, strategy="CHARGE")
    assert order.payments.get().amount_minor == 10_950
    assert order.payments.get().method_ref == ""
    begins_in(order, 1)
    quiet()
    assert intents(sandbox) == []
    assert deposit_status(order) is None


def test_a_cart_takes_the_strictest_strategy_of_its_products_with_a_deposit() -> None:
    make_gateway()
    customer, free = make_user(), make_product(deposit_strategy="CHARGE", deposit_minor=0)
    held_ = make_product(deposit_strategy="HOLD")
    filed = make_product(deposit_strategy="CARD_ON_FILE")
    charged, none = make_product(), make_product(deposit_strategy="NONE")
    assert place(customer, (held_, 1), (filed, 1), (free, 1)).deposit_strategy == "HOLD"
    assert place(customer, (filed, 1), (none, 1)).deposit_strategy == "CARD_ON_FILE"
    order = place(customer, (held_, 1), (charged, 1), (none, 2))
    assert (order.deposit_strategy, order.charged_deposit_minor) == ("CHARGE", 10_000)
    order = place(customer, (none, 2))
    assert (order.deposit_strategy, order.deposit_minor) == ("NONE", 0)
    assert_books(at_rest=False)


@pytest.mark.parametrize("strategy", ["HOLD", "CARD_ON_FILE", "NONE"])
def test_the_shop_decides_where_the_product_does_not(settings: Settings, strategy: str) -> None:
    make_gateway()
    settings.DEPOSIT_STRATEGY = strategy
    order = place(make_user(), (make_product(), 1))
    assert (order.deposit_strategy, order.due_minor) == (strategy, 5950)
    assert place(make_user(), (make_product(deposit_strategy="CHARGE"), 1)).due_minor == 10_950


def test_an_order_keeps_its_strategy_when_the_product_changes() -> None:
    make_gateway()
    product = make_product(deposit_strategy="HOLD")
    order = place_paid(make_user(), (product, 1))
    product.deposit_strategy = "CHARGE"
    product.save()
    assert again(order).due_minor == 5950


def test_nothing_is_held_long_before_pickup(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    begins_in(order, 25)
    quiet()
    assert order.payments.count() == 1
    assert deposit_status(order) == "PLANNED"


@pytest.mark.parametrize("card", [PAYS, MASTERCARD])  # held for 4 days 18 hours, and for 7 days
def test_the_deposit_is_held_when_pickup_is_near(sandbox: Sandbox, card: str) -> None:
    order, hold = held(sandbox, card)
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 5000)
    assert (hold.status, hold.amount_minor, hold.captured_minor) == ("AUTHORIZED", 5000, 0)
    charge = sandbox.get(f"/v1/charges/{intent['latest_charge']}")
    ends = charge["payment_method_details"]["card"]["capture_before"]
    assert hold.capture_before is not None
    assert int(hold.capture_before.timestamp()) == ends
    assert deposit_status(order) == "HELD"
    assert_books(sandbox)


def test_an_order_that_begins_at_once_has_its_deposit_held_when_it_is_paid(
    sandbox: Sandbox,
) -> None:
    order = held_later(sandbox)
    begins_in(order, 3)
    sweep()
    work()
    assert newest_hold(order).status == "AUTHORIZED"


def test_however_often_it_is_looked_at_there_is_one_hold(sandbox: Sandbox) -> None:
    held(sandbox)
    for _ in range(3):
        sweep()
        quiet()
    assert states(sandbox) == ["requires_capture"]


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


def test_no_more_is_captured_than_is_held(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    assert capture(order, 9000) == 5000
    quiet()
    assert again(hold).captured_minor == 5000
    assert_books(sandbox)


def test_a_hold_is_released_when_there_is_nothing_to_claim(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    release(order)
    assert capture(order, 1000) == 0
    quiet()
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert again(hold).status == "CANCELLED"
    assert again(order).attention == ""
    assert_books(sandbox)


def test_cancelling_an_order_lets_go_of_its_deposit(sandbox: Sandbox) -> None:
    order, _ = held(sandbox)
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    assert states(sandbox) == ["canceled"]
    assert deposit_status(again(order)) == "RELEASED"
    assert order.refunds.get().amount_minor == 5950
    assert again(order).attention == ""
    assert_books(sandbox)


def test_a_no_show_gets_his_deposit_back(sandbox: Sandbox) -> None:
    order, _ = held(sandbox)
    begins_in(order, -1)
    note_no_show(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    assert states(sandbox) == ["canceled"]
    assert_books(sandbox)


def test_an_order_cancelled_before_the_bank_was_asked_is_not_asked_about(
    sandbox: Sandbox,
) -> None:
    order = held_later(sandbox)
    begins_in(order, 1)
    sweep()
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    assert intents(sandbox) == []
    assert_books(sandbox)


def test_a_hold_whose_answer_comes_after_the_cancelling_is_let_go(sandbox: Sandbox) -> None:
    """A05: nobody knows whether the bank holds it."""
    order = held_later(sandbox)
    begins_in(order, 1)
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/payment_intents")
    sweep()
    work()
    assert newest_hold(order).status == "PENDING"
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    sandbox.heal()
    quiet()
    assert states(sandbox) == ["canceled"]
    assert newest_hold(order).status == "CANCELLED"
    assert_books(sandbox)


def test_without_an_event_the_card_is_asked_for_at_the_gateway(sandbox: Sandbox) -> None:
    """B04: the webhook that knew the card never came."""
    order = held_later(sandbox)
    order.payments.update(customer_ref="", method_ref="")
    begins_in(order, 1)
    quiet()
    assert states(sandbox) == ["requires_capture"]


def test_zero_decimal_currencies_are_held_to_the_yen(sandbox: Sandbox) -> None:
    """A10."""
    make_gateway()
    product = make_product(
        deposit_strategy="HOLD", currency="JPY", deposit_minor=5000, tiers=[("DAY", 1, 2500)]
    )
    order = place_paid(make_user(), (product, 1))
    assert order.currency == "JPY"
    card = sandbox.post("/v1/customers")["id"]
    method = sandbox.post("/v1/payment_methods/pm_card_visa/attach", customer=card)["id"]
    order.payments.update(customer_ref=card, method_ref=method)
    begins_in(order, 1)
    quiet()
    capture(order, 1234)
    quiet()
    assert intents(sandbox)[0]["amount_received"] == 1234
    assert again(newest_hold(order)).captured_minor == 1234


def test_long_rentals_are_asked_for_only_shortly_before(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_end_date=order.rental_start_date + timedelta(days=30)
    )
    quiet()
    assert intents(sandbox) == []


def test_staff_have_it_held_early_for_a_customer_who_comes_early(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    hold_again(order.pk, SYSTEM)
    quiet()
    assert deposit_status(order) == "HELD"
    with pytest.raises(NoDepositToHold):
        hold_again(order.pk, SYSTEM)


def test_reconciling_finds_a_hold_of_which_nothing_was_heard(sandbox: Sandbox) -> None:
    """R7, P1."""
    order, hold = held(sandbox)
    assert reconcile().differing == 0
    order.payments.filter(pk=hold.pk).update(status="CANCELLED", next_attempt_at=None)
    assert reconcile().differing == 1
    finding = ReconciliationFinding.objects.get()
    assert (finding.theirs, finding.ours) == ("held 50.00 EUR", "nothing 0.00 EUR")


def test_reconciling_takes_in_a_hold_that_has_lapsed(sandbox: Sandbox) -> None:
    order, hold = held(sandbox)
    sandbox.post(f"/v1/payment_intents/{hold.intent_id}/cancel")
    assert reconcile().mended == 1
    assert again(hold).status == "CANCELLED"
    assert again(order).attention == HOLD_LAPSED
