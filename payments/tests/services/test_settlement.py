"""From money to status: late, double and wrong money (C05, C06, A08, A09; domain rule D6)."""

from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.models import Payment, Refund, RentalOrder
from payments.services import orders
from payments.services.checkout import send_checkout
from payments.services.journal import SYSTEM, Actor
from payments.services.pursuit import expire_order
from payments.services.settlement import absorb
from payments.tests.factories import make_gateway, make_user, place, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import hold_ends, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all

pytestmark = pytest.mark.django_db(transaction=True)


def lost_order(product: Product) -> tuple[RentalOrder, Payment]:
    """An order that we believe was never paid: EXPIRED, though its session is still open."""
    order, payment = place_with_checkout(make_user(), (product, 1))
    absorb(payment, [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))])
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    return order, payment


def pays(sandbox: Sandbox, payment: Payment) -> None:
    """The customer pays, and we hear of it."""
    sandbox.pay(payment.session_id)
    deliver_all(Client(), sandbox.events())
    work()


def subjects() -> list[str]:
    return [message.subject.split(" RO")[0] for message in mail.outbox]


def test_payments_that_arrive_as_their_holds_end_leave_no_order_paid_and_expired(
    sandbox: Sandbox,
) -> None:
    """C05: the customer pays while the sweeper closes his order, at the same instant."""
    make_gateway()
    product = make_product(units=20)
    pairs = [place_with_checkout(make_user(), (product, 1)) for _ in range(20)]
    for order, payment in pairs:
        hold_ends(order)
        answers(
            together(
                [
                    partial(sandbox.pay, payment.session_id),
                    partial(expire_order, order.pk),
                ]
            )
        )
    deliver_all(Client(), sandbox.events()[-100:])
    quiet()
    for order, payment in pairs:
        order.refresh_from_db()
        session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
        ends = {"complete": "CONFIRMED", "expired": "EXPIRED"}
        assert order.status == ends[session["status"]]
    assert_books(sandbox)


def test_late_money_takes_free_units_again(sandbox: Sandbox) -> None:
    """C06, D6.5."""
    make_gateway()
    order, payment = lost_order(make_product(units=1))
    pays(sandbox, payment)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    assert order.reservations.get().is_active
    assert subjects() == ["Your order"]
    assert not Refund.objects.exists()
    assert_books(sandbox)


def test_late_money_for_units_sold_again_goes_back_with_a_message(sandbox: Sandbox) -> None:
    """C06."""
    make_gateway()
    product = make_product(units=1)
    order, payment = lost_order(product)
    second = place(make_user(), (product, 1))
    pays(sandbox, payment)
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    refund = Refund.objects.get()
    assert (refund.status, refund.source) == ("SUCCEEDED", "LATE")
    assert refund.amount_minor == order.due_minor
    assert subjects() == ["Your payment for order"]
    assert second.reservations.get().is_active
    assert_books(sandbox)


def test_late_money_for_a_rental_that_has_begun_goes_back(sandbox: Sandbox) -> None:
    """D6.5: only while the start is ahead."""
    make_gateway()
    order, payment = lost_order(make_product(units=1))
    begun = timezone.now() - timedelta(hours=1)
    RentalOrder.objects.filter(pk=order.pk).update(rental_start_date=begun)
    pays(sandbox, payment)
    quiet()
    order.refresh_from_db()
    assert order.status == "EXPIRED"
    assert Refund.objects.get().status == "SUCCEEDED"
    assert_books(sandbox)


def test_money_for_a_cancelled_order_goes_back_with_a_message(sandbox: Sandbox) -> None:
    """D6.5, D01: the customer paid in one tab and cancelled in the other."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(units=1), 1))
    sandbox.pay(payment.session_id)
    orders.cancel_order(order_id=order.pk, actor=Actor.of(order.customer), now=timezone.now())
    work()
    quiet()
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert Refund.objects.get().amount_minor == order.due_minor
    assert sorted(subjects()) == ["Your order", "Your payment for order"]
    assert_books(sandbox)


def second_session(order: RentalOrder, purpose: str) -> Payment:
    """A session beside the first, as an old tab or another purpose may leave one."""
    payment = Payment.objects.get(order=order)
    request = deepcopy(payment.request)
    payment.pk = uuid4()
    payment._state.adding = True
    payment.purpose, payment.request = purpose, request
    payment.session_id = payment.checkout_url = ""
    request["metadata"] = request["payment_intent_data"]["metadata"] = {
        "payment_id": str(payment.pk)
    }
    request["client_reference_id"] = str(payment.pk)
    payment.save(force_insert=True)
    Payment.objects.filter(pk=payment.pk).update(first_sent_at=Now())
    assert payment.take_lease()
    return send_checkout(payment)


@pytest.mark.parametrize("turned_round", [False, True])
def test_of_two_payments_for_one_order_one_is_kept_and_one_goes_back(
    sandbox: Sandbox, turned_round: bool
) -> None:
    """A08, D6.8."""
    make_gateway()
    order, first = place_with_checkout(make_user(), (make_product(), 1))
    second = second_session(order, "BALANCE")
    sandbox.pay(first.session_id)
    sandbox.pay(second.session_id)
    told = sandbox.events()
    deliver_all(Client(), reversed(told) if turned_round else told)
    quiet()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    refund = Refund.objects.get()
    assert (refund.status, refund.source) == ("SUCCEEDED", "OVERPAID")
    assert refund.amount_minor == order.due_minor
    assert subjects() == ["Your order"]
    assert_books(sandbox)


def test_two_late_payments_for_units_sold_again_both_go_back(sandbox: Sandbox) -> None:
    """A08 and C06 at once."""
    make_gateway()
    product = make_product(units=1)
    order, first = place_with_checkout(make_user(), (product, 1))
    second = second_session(order, "BALANCE")
    for payment in (first, second):
        absorb(payment, [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))])
    place(make_user(), (product, 1))
    pays(sandbox, first)
    pays(sandbox, second)
    assert quiet() == []
    assert [refund.status for refund in Refund.objects.all()] == ["SUCCEEDED"] * 2
    assert_books(sandbox)


def wrong(events: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    completed = next(e for e in events if e["type"] == "checkout.session.completed")
    event = deepcopy(completed)
    event["data"]["object"] |= values
    return event


@pytest.mark.parametrize("values", [{"amount_total": 1}, {"currency": "usd"}])
def test_money_that_is_not_what_was_asked_for_confirms_nothing_and_waits_for_a_person(
    sandbox: Sandbox, values: dict[str, Any]
) -> None:
    """A09, D6.4; and D6.6: an order with money received does not expire under it."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    deliver_all(Client(), [wrong(sandbox.events(), **values)])
    work()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("PENDING", "QUARANTINED")
    assert payment.captured_minor == 0
    assert order.attention
    expire_order(order.pk)
    quiet()
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert order.reservations.get().is_active
    assert mail.outbox == []
    assert_books()


def test_news_of_a_payment_alone_is_settled_once(sandbox: Sandbox) -> None:
    make_gateway()
    _, payment = place_with_checkout(make_user(), (make_product(), 1))
    opened = PaymentFact(facts.OPEN, payment_id=str(payment.pk))
    with CaptureQueriesContext(connection) as captured:
        absorb(payment, [opened])
    summed = [query for query in captured if 'FROM "payments_refund"' in query["sql"]]
    assert len(summed) == 1


def test_settling_again_changes_nothing(sandbox: Sandbox) -> None:
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    pays(sandbox, payment)
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    before = list(order.events.values_list("fact", flat=True))
    answers(together([lambda: absorb(payment, []) for _ in range(5)]))
    quiet()
    assert list(order.events.values_list("fact", flat=True)) == before
    assert Refund.objects.count() == 1
