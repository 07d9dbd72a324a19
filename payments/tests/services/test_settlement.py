"""From money to status: late and double money, and none (C05, C06, A08, A09; domain rule D6)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import sleep
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.models import Payment, Refund, RentalOrder
from payments.services import orders
from payments.services.checkout import open_checkout
from payments.services.journal import SYSTEM, Actor
from payments.services.pursuit import expire_order
from payments.services.settlement import absorb
from payments.tests.factories import make_gateway, make_user, place, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import hold_ends, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import second_session

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


@pytest.mark.slow
def test_payments_that_arrive_as_their_holds_end_leave_no_order_paid_and_expired(
    sandbox: Sandbox,
) -> None:
    """Row C05: 200 times the customer pays within 5 ms of when the sweeper closes his order."""
    make_gateway()
    product, customers = make_product(units=200), [make_user() for _ in range(20)]
    late, step, ends = 0.03, 0.005, Counter[str]()
    for number in range(200):
        order, payment = place_with_checkout(customers[number % 20], (product, 1))
        hold_ends(order)
        pay, close = partial(sandbox.pay, payment.session_id), partial(expire_order, order.pk)
        paid, _ = answers(together([partial(after, late, pay), close]))
        if number % 2:  # every other's news are lost
            deliver_all(Client(), sandbox.get("/v1/events", limit="2")["data"])
        end = "complete" if paid.get("outcome") == "paid" else "expired"
        late = max(0, late + (step if end == "complete" else -step))  # back to the edge
        ends[end] += 1
    quiet()
    assert min(ends["complete"], ends["expired"]) > 20, ends  # it was a race
    statuses = Counter(RentalOrder.objects.values_list("status", flat=True))
    assert statuses == {"CONFIRMED": ends["complete"], "EXPIRED": ends["expired"]}
    assert_books(sandbox)


def after(seconds: float, do: Callable[[], Any]) -> Any:
    """`do` so much later than others that begin at the same instant."""
    sleep(seconds)
    return do()


def test_late_money_takes_free_units_again(sandbox: Sandbox) -> None:
    """Row C06, D6.5."""
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
    """Row C06: expired, sold to another, and then the old session is paid."""
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
    assert subjects() == ["Your payment for order", "Your refund for order"]
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
    assert sorted(subjects()) == ["Your order", "Your payment for order", "Your refund for order"]
    assert_books(sandbox)


@pytest.mark.parametrize("turned_round", [False, True])
def test_of_two_payments_for_one_order_one_is_kept_and_one_goes_back(
    sandbox: Sandbox, turned_round: bool
) -> None:
    """Row A08, D6.8: both are paid at the same instant."""
    make_gateway()
    order, first = place_with_checkout(make_user(), (make_product(), 1))
    second = second_session(order, "BALANCE")
    answers(together([partial(sandbox.pay, one.session_id) for one in (first, second)]))
    told = sandbox.events()
    deliver_all(Client(), reversed(told) if turned_round else told)
    quiet()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    refund = Refund.objects.get()
    assert (refund.status, refund.source) == ("SUCCEEDED", "OVERPAID")
    assert refund.amount_minor == order.due_minor
    assert subjects() == ["Your order", "Your refund for order"]
    assert_books(sandbox)


def test_a_second_tab_leads_to_the_same_session(sandbox: Sandbox) -> None:
    """Row A08, I19: and no code path opens another one beside it."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    again = open_checkout(order)
    assert again is not None
    assert again.session_id == payment.session_id
    with pytest.raises(IntegrityError):
        second_session(order, "INITIAL")
    sandbox.pay(payment.session_id)
    quiet()
    assert_books(sandbox)


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
