"""Row D01: a customer cancels while his session is open; whatever Stripe says, it ends well."""

from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from catalog.tests.factories import make_product
from payments.models import Payment, Refund, RentalOrder
from payments.tests.factories import api_client, make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import again, second_session

pytestmark = pytest.mark.django_db(transaction=True)


def cancel(order: RentalOrder, key: str = "cancel") -> int:
    answer: Any = api_client(order.customer).post(
        f"/payments/rental-orders/{order.pk}/cancel_order/",
        {},
        format="json",
        headers={"Idempotency-Key": key},
    )
    return int(answer.status_code)


def closing(sandbox: Sandbox, payment: Payment) -> set[int]:
    """What Stripe answered when it was told to close the session."""
    path = f"/v1/checkout/sessions/{payment.session_id}/expire"
    return {call["status"] for call in sandbox.journal(kind="call", path=path)}


@pytest.mark.parametrize("told", [True, False], ids=["told", "every webhook lost"])
@pytest.mark.parametrize(
    ("state", "answer"),
    [("open", 200), ("already complete", 400), ("already expired", 400)],
)
def test_whatever_became_of_the_session_the_order_is_cancelled_once_and_keeps_no_money(
    sandbox: Sandbox, state: str, answer: int, told: bool
) -> None:
    """Row D01."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(units=1), 1))
    if state == "already complete":
        sandbox.pay(payment.session_id)
    if state == "already expired":
        sandbox.advance(2 * 3600)
    assert [cancel(order), cancel(order)] == [200, 200]
    assert cancel(order, "another click") == 400
    if told:
        deliver_all(Client(), [*sandbox.events(), *sandbox.events()])
    work()
    quiet()
    assert again(order).status == "CANCELLED"
    assert not order.reservations.get().is_active
    assert order.events.filter(fact="order.cancelled").count() == 1
    if not told:
        assert closing(sandbox, payment) == {answer}
    refunded = [refund.amount_minor for refund in Refund.objects.filter(status="SUCCEEDED")]
    assert refunded == ([order.due_minor] if state == "already complete" else [])
    assert len(mail.outbox) == (3 if refunded else 1)  # cancelled; late money, and that it is back
    assert_books(sandbox)


def test_who_pays_and_cancels_at_the_same_instant_gets_his_money_back(sandbox: Sandbox) -> None:
    """Row D01: twenty times, in whatever order Stripe and we see it."""
    make_gateway()
    product = make_product(units=1)
    for _ in range(20):
        order, payment = place_with_checkout(make_user(), (product, 1))
        pay = partial(sandbox.pay, payment.session_id)
        answers(together([pay, partial(_cancel_and_close, order)]))
        deliver_all(Client(), sandbox.get("/v1/events", limit="5")["data"])
        quiet()
        assert again(order).status == "CANCELLED"
        assert again(payment).refunded_minor == payment.captured_minor
    assert_books(sandbox)


def _cancel_and_close(order: RentalOrder) -> None:
    assert cancel(order) == 200
    quiet()


def test_every_session_of_a_cancelled_order_is_closed(sandbox: Sandbox) -> None:
    """Row D01, I18: one for a balance, too, which is else open until its own time is over."""
    make_gateway()
    order, first = place_with_checkout(make_user(), (make_product(units=1), 1))
    second = second_session(order, "BALANCE")
    assert cancel(order) == 200
    quiet()
    for payment in (first, second):
        assert again(payment).status == "CANCELLED"
        session = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")
        assert session["status"] == "expired"
    assert_books(sandbox)
