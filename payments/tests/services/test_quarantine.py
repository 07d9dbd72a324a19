"""Money that is not what was asked for, and what staff do about it (row A09; domain rule D6.4)."""

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from payments.domain.errors import IllegalStep, OtherCurrency
from payments.models import Payment, Refund, RentalOrder
from payments.services.pursuit import expire_order
from payments.services.quarantine import give_back_payment, release_payment
from payments.services.reconcile import reconcile
from payments.tests.factories import make_gateway, make_user
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import (
    ASKED,
    again,
    event_of,
    paid_order,
    paid_otherwise,
    refund_calls,
)

pytestmark = pytest.mark.django_db(transaction=True)


def assert_waits_for_a_person(payment: Payment) -> None:
    order = RentalOrder.objects.get()
    assert (order.status, payment.status) == ("PENDING", "QUARANTINED")
    assert payment.captured_minor == 0
    assert order.attention == "A payment does not match what was asked for."
    expire_order(order.pk)
    quiet()
    assert again(order).status == "PENDING"
    assert order.reservations.get().is_active
    assert not order.notifications.exists()
    assert_books()


@pytest.mark.parametrize(
    "values",
    [
        {"amount_total": 1},
        {"amount_total": ASKED + 1},
        {"currency": "usd"},
        {"payment_status": "no_payment_required"},
        {"payment_status": "no_payment_required", "amount_total": 0},
    ],
    ids=str,
)
def test_news_of_other_money_than_was_asked_for_confirms_nothing(
    sandbox: Sandbox, values: dict[str, Any]
) -> None:
    """Row A09. What Stripe really has is asked once a person releases it."""
    make_gateway()
    order, payment, events = paid_order(sandbox)
    told = deepcopy(event_of(events, "checkout.session.completed"))
    told["data"]["object"] |= values
    deliver_all(Client(), [told])
    work()
    assert_waits_for_a_person(again(payment))
    deliver_all(Client(), [event_of(events, "payment_intent.succeeded")])
    assert work() == []
    assert again(payment).status == "QUARANTINED"  # until a person has looked
    release_payment(payment.pk, make_user(role=Role.STAFF))
    quiet()
    assert (again(order).status, order.attention) == ("CONFIRMED", "")
    assert_books(sandbox)


@pytest.mark.parametrize(
    ("more", "status", "back"),
    [(500, "CONFIRMED", 500), (-500, "EXPIRED", ASKED - 500)],
    ids=["too much", "too little"],
)
def test_money_that_staff_let_in_counts_as_it_is(
    sandbox: Sandbox, more: int, status: str, back: int
) -> None:
    """Row A09: the order is settled by it."""
    payment = paid_otherwise(sandbox, more)
    assert_waits_for_a_person(payment)
    release_payment(payment.pk, make_user(role=Role.STAFF))
    quiet()
    assert again(payment.order).status == status
    assert (again(payment).captured_minor, payment.refunded_minor) == (ASKED + more, back)
    assert payment.metadata["asked_minor"] == ASKED
    assert payment.order.attention == ""
    assert_books(sandbox)
    with pytest.raises(IllegalStep):
        release_payment(payment.pk, make_user(role=Role.STAFF))


@pytest.mark.parametrize("more", [500, -500])
def test_money_that_staff_give_back_ends_the_order(sandbox: Sandbox, more: int) -> None:
    """Row A09."""
    payment = paid_otherwise(sandbox, more)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="100")
    give_back_payment(payment.pk, make_user(role=Role.STAFF), "Not what was asked for.")
    quiet()
    assert again(payment.order).status == "EXPIRED"
    assert again(payment).refunded_minor == payment.captured_minor == ASKED + more
    refunds = Refund.objects.order_by("amount_minor").values_list("source", "amount_minor")
    assert list(refunds) == [("EXTERNAL", 100), ("STAFF", ASKED + more - 100)]
    assert len(refund_calls(sandbox)) == 2
    assert_books(sandbox)


def test_a_deposit_that_was_put_aside_is_left_alone(sandbox: Sandbox) -> None:
    """What a bank holds of it is not money that came in (D4)."""
    payment = paid_otherwise(sandbox, 500)
    Payment.objects.update(kind="DEPOSIT")
    with pytest.raises(IllegalStep):
        release_payment(payment.pk, make_user(role=Role.STAFF))
    assert again(payment).status == "QUARANTINED"


def test_a_large_one_goes_back_once_a_second_person_approves(
    sandbox: Sandbox, settings: Any
) -> None:
    settings.REFUND_APPROVAL_MINOR = {"EUR": 5000}
    payment = paid_otherwise(sandbox, 500)
    give_back_payment(payment.pk, make_user(role=Role.STAFF), "Not what was asked for.")
    assert Refund.objects.get().status == "UNAPPROVED"


def test_money_of_another_currency_is_given_back_in_the_dashboard_first(sandbox: Sandbox) -> None:
    """Row A09: it can stand in no books of its order (I02)."""
    payment = paid_otherwise(sandbox, currency="usd")
    assert_waits_for_a_person(payment)
    staff = make_user(role=Role.STAFF)
    with pytest.raises(OtherCurrency):
        release_payment(payment.pk, staff)
    assert again(payment).status == "QUARANTINED"
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id)
    release_payment(payment.pk, staff)
    quiet()
    assert (again(payment).status, again(payment.order).status) == ("FAILED", "EXPIRED")
    assert not payment.order.reservations.get().is_active
    reconcile()  # and what the payment service says of it each night does not undo that
    assert (again(payment).status, again(payment.order).status) == ("FAILED", "EXPIRED")
    assert_books()
