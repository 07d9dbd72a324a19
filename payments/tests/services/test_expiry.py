"""Checkouts that nobody may pay any more, and their units (A07, C07, D6.6, I19)."""

import random
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.domain.errors import GatewayRefused, GatewayUnavailable, OutOfStock
from payments.models import Payment, RentalOrder
from payments.services import orders
from payments.services.checkout import open_checkout
from payments.services.journal import SYSTEM, Actor
from payments.services.pursuit import expire_order, pursue_payment
from payments.services.sweep import sweep
from payments.tests.factories import make_gateway, make_user, place, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import everything_falls_due, hold_ends, leases_end, quiet, work
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, create, sessions

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_session_whose_answer_was_lost_for_a_day_is_found_and_its_money_counted(
    sandbox: Sandbox,
) -> None:
    """Row A07: the key is forgotten by then. The customer paid, and no event came."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    payment = order.payments.get()
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/checkout/sessions", times=2)
    with pytest.raises(GatewayUnavailable):
        open_checkout(order, payment)
    sandbox.pay(sessions(sandbox)[0]["id"])
    sandbox.advance(25 * 3600)
    hold_ends(order)
    quiet()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    assert len(sessions(sandbox)) == 1
    assert_books(sandbox)


def test_a_session_is_looked_for_before_its_key_may_be_forgotten(
    sandbox: Sandbox, settings: Any
) -> None:
    """Row A07: with a day to pay it is not too late to open one, and the key is 23 hours old."""
    settings.CHECKOUT_WINDOW = timedelta(hours=24)
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/checkout/sessions", times=2)
    with pytest.raises(GatewayUnavailable):
        open_checkout(order, order.payments.get())
    [lost] = sessions(sandbox)
    sent = len(sandbox.journal(method="POST", path="/v1/checkout/sessions"))
    long_ago = timezone.now() - timedelta(hours=23, minutes=5)
    Payment.objects.update(created_at=long_ago, first_sent_at=long_ago)
    leases_end()
    found = open_checkout(order)
    assert found is not None
    assert found.session_id == lost["id"]
    assert len(sandbox.journal(method="POST", path="/v1/checkout/sessions")) == sent
    assert_books(sandbox, at_rest=False)


def test_an_order_whose_session_stripe_will_never_open_does_not_hold_its_units_for_ever(
    sandbox: Sandbox,
) -> None:
    """C07: Stripe was down for so long that it refuses the frozen expiry as too near."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions")
    with pytest.raises(GatewayUnavailable):
        open_checkout(order, order.payments.get())
    sandbox.heal()
    sandbox.advance(45 * 60)
    leases_end()
    with pytest.raises(GatewayRefused):
        open_checkout(order)
    order.refresh_from_db()
    assert order.status == "PENDING"
    hold_ends(order)
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    assert not order.reservations.filter(is_active=True).exists()
    assert sessions(sandbox) == []
    assert_books(sandbox)


def test_an_order_that_was_cancelled_meanwhile_gets_no_session_from_a_retry(
    sandbox: Sandbox,
) -> None:
    """I19: the first answer was a 503, then he cancelled, then the client's retry arrived."""
    make_gateway()
    customer, product = make_user(), make_product()
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions", times=2)
    assert create(customer, product).status_code == 503
    order = RentalOrder.objects.get()
    orders.cancel_order(order_id=order.pk, actor=Actor.of(customer), now=timezone.now())
    leases_end()
    retry = create(customer, product)
    assert (retry.status_code, retry.json()["code"]) == (409, "order_ended")
    assert sessions(sandbox) == []
    quiet()
    assert all(session["status"] == "expired" for session in sessions(sandbox))
    assert_books(sandbox)


def test_a_hold_is_released_only_after_its_session_was_closed(sandbox: Sandbox) -> None:
    """D6.6: while Stripe is silent the units stay held, since somebody may be paying."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    hold_ends(order)
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")
    quiet()
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert order.reservations.get().is_active
    sandbox.heal()
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    assert not order.reservations.get().is_active
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"
    assert_books(sandbox)


@pytest.mark.parametrize("kind", ["refuse", "drop_reply", "saved_500"])
def test_closing_a_checkout_is_written_down_before_it_is_sent_and_sent_until_it_is_answered(
    sandbox: Sandbox, kind: str
) -> None:
    """Row A05, I16: the same key each time, but for a failure that Stripe keeps under it (A06)."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    assert intents("expire_session") == []
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    assert intents("expire_session") == [("pending", False)]
    sandbox.fault(kind=kind, method="POST", path="/v1/checkout/sessions/*", times=2)
    pursue_payment(payment.pk)
    assert intents("expire_session") == [("sent", True)]
    quiet()
    assert intents("expire_session") == [("done", True)]
    calls = sandbox.journal(kind="call", path=f"/v1/checkout/sessions/{payment.session_id}/expire")
    assert len(calls) == 3
    assert len({call["idempotency_key"] for call in calls}) == 1 + (kind == "saved_500")
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"
    assert_books(sandbox)


def intents(kind: str) -> list[tuple[str, bool]]:
    """How intents of that kind stand, and whether they were sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, first_sent_at IS NOT NULL FROM audit.intents WHERE kind = %s", [kind]
        )
        found: list[tuple[str, bool]] = cursor.fetchall()
    return found


def test_a_hold_that_has_not_ended_is_left_alone(sandbox: Sandbox) -> None:
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    expire_order(order.pk)
    pursue_payment(payment.pk)
    work()
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "open"


def test_holds_that_ended_long_ago_are_released_in_one_sweep(sandbox: Sandbox) -> None:
    """C07: the sweeper was dead for hours; nothing was sold twice, and now all of it is free."""
    make_gateway()
    product = make_product(units=3)
    lapsed = [place_with_checkout(make_user(), (product, 1))[0] for _ in range(3)]
    for order in lapsed:
        hold_ends(order)
    sandbox.advance(3 * 3600)
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1))
    quiet()
    assert {order.status for order in RentalOrder.objects.all()} == {"EXPIRED"}
    place(make_user(), (product, 3))
    assert_books(at_rest=False)


def test_while_stripe_is_away_lapsed_orders_are_tried_ever_less_often_and_not_together(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E07: a long outage is not answered with a hammer, nor its end with a herd."""
    make_gateway()
    parts = cycle(n / 9 for n in range(1, 9))  # the dice's, so that none falls due meanwhile
    monkeypatch.setattr(random, "uniform", lambda low, high: low + next(parts) * (high - low))
    lapsed = [place_with_checkout(make_user(), (make_product(), 1)) for _ in range(8)]
    for order, _ in lapsed:
        hold_ends(order)
    Payment.objects.update(attempts=10)  # it has been away for a while
    everything_falls_due()
    before = len(sandbox.journal(kind="call"))
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")
    for _ in range(6):
        sweep()
        work()
    calls = len(sandbox.journal(kind="call")) - before
    assert calls == 2 * len(lapsed)  # one attempt each; the SDK itself tries twice
    spread = Payment.objects.aggregate(first=Min("next_attempt_at"), last=Max("next_attempt_at"))
    assert spread["last"] - spread["first"] > timedelta(minutes=1)
    sandbox.heal()
    quiet()
    assert {order.status for order in RentalOrder.objects.all()} == {"EXPIRED"}


def test_an_answer_ends_the_waiting_between_attempts(sandbox: Sandbox) -> None:
    """However often it was asked about before: the next failure is the first one again."""
    make_gateway()
    _, payment = place_with_checkout(make_user(), (make_product(), 1))
    Payment.objects.update(attempts=11)
    pursue_payment(payment.pk)
    assert again(payment).attempts == 0


def test_a_delayed_payment_past_the_hold_is_not_asked_about_at_every_sweep(
    sandbox: Sandbox,
) -> None:
    """B10: a bank takes days, and the order waits for it (D6.6)."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    Payment.objects.filter(pk=payment.pk).update(status="PROCESSING")
    hold_ends(order)
    assert sweep() == 0


def test_a_payment_is_asked_about_when_its_hold_ends(sandbox: Sandbox) -> None:
    """D6.6: so that the units are free then, and not minutes later."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    assert again(payment).next_attempt_at > timezone.now() + timedelta(minutes=4)
    soon = timezone.now() + timedelta(minutes=2)
    RentalOrder.objects.filter(pk=order.pk).update(hold_expires_at=soon)
    pursue_payment(payment.pk)
    assert again(payment).next_attempt_at == soon + timedelta(seconds=1)


def test_the_hold_outlives_the_time_for_paying() -> None:
    """D6.6, R9: by the grace, so that no money comes for units already released."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    payment = order.payments.get()
    assert payment.payable_until is not None
    assert order.hold_expires_at is not None
    assert order.hold_expires_at - payment.payable_until == timedelta(minutes=10)
    assert payment.request["expires_at"] == int(payment.payable_until.timestamp())


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_retry_after_the_time_to_pay_is_told_what_became_of_the_order(
    sandbox: Sandbox, settings: Any, is_paid: bool
) -> None:
    """Nothing has come by webhook, and the sweep has not come by yet: its units are still held."""
    make_gateway()
    cart = make_user(), make_product()
    session_id = create(*cart).json()["data"]["session_id"]
    if is_paid:
        sandbox.pay(session_id)
    sandbox.advance(int(settings.CHECKOUT_WINDOW.total_seconds()) + 1)
    Payment.objects.update(payable_until=timezone.now())
    retry = create(*cart)
    order = RentalOrder.objects.get()
    if is_paid:
        assert (retry.status_code, order.status) == (201, "CONFIRMED")
    else:
        assert (retry.status_code, retry.json()["code"]) == (409, "order_ended")
        assert order.status == "EXPIRED"
    quiet()
    assert_books(sandbox)
