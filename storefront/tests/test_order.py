"""/orders/<id>/ : one order, and going on to pay it."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder, WebhookEvent
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.services.pursuit import pursue_payment
from payments.services.refund_sending import send_refund
from payments.services.webhooks import apply_event
from payments.tests.factories import make_gateway, place, place_with_checkout
from payments.tests.sandbox import DECLINED, Sandbox, deliver_all
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(transactional_db: None) -> User:
    make_gateway()
    return make_user("alice@example.com", name="Alice Archer")


def page(order: RentalOrder, user: User) -> str:
    return words(signed_in(user).get(f"/orders/{order.pk}/"))


def paid(alice: User, sandbox: Sandbox) -> RentalOrder:
    order, payment = place_with_checkout(alice, (make_product(name="Canoe"), 2))
    sandbox.pay(payment.session_id)
    pursue_payment(payment.pk)
    return order


def test_an_unpaid_order_shows_its_lines_and_the_way_to_pay(alice: User) -> None:
    order = place(alice, (make_product(name="Canoe"), 2))
    shown = page(order, alice)
    assert f"Order {order.order_number} Awaiting payment" in shown
    assert "Please pay by" in shown
    assert "Continue to payment" in shown
    assert "2 × Canoe 2 × 1 day: 100.00 EUR for 2 units 100.00 EUR Tax 19.00 EUR" in shown
    assert "Total 219.00 EUR" in shown
    assert "Paid" not in shown


def test_a_paid_order_shows_the_money_and_what_happened(alice: User, sandbox: Sandbox) -> None:
    shown = page(paid(alice, sandbox), alice)
    assert "Paid and confirmed." in shown
    assert "Paid 219.00 EUR" in shown
    assert "Payment received: 219.00 EUR" in shown
    assert "Continue to payment" not in shown
    events = [shown.rindex(words) for words in ("Ordered", "Payment received", "Confirmed")]
    assert events == sorted(events)


def test_a_refund_shows_once_it_is_asked_for_and_when_it_is_done(
    alice: User, sandbox: Sandbox
) -> None:
    order = paid(alice, sandbox)
    cancel_order(order_id=order.pk, actor=Actor.of(alice), now=timezone.now())
    assert "Refund on its way −219.00 EUR" in page(order, alice)
    send_refund(order.refunds.get().pk)
    assert "Refund sent; banks take a few days to show it −219.00 EUR" in page(order, alice)
    assert "Refunded: 219.00 EUR" in page(order, alice)


def test_a_declined_card_is_in_the_history_and_another_may_be_tried(
    alice: User, sandbox: Sandbox
) -> None:
    order, payment = place_with_checkout(alice, (make_product(), 1))
    sandbox.pay(payment.session_id, DECLINED)
    deliver_all(Client(), sandbox.events())
    for event in WebhookEvent.objects.filter(status="RECEIVED"):
        apply_event(event.pk)
    shown = page(order, alice)
    assert "Card declined" in shown
    assert "Continue to payment" in shown


def test_an_order_past_its_time_cannot_be_paid(alice: User, sandbox: Sandbox) -> None:
    order, payment = place_with_checkout(alice, (make_product(), 1))
    Payment.objects.filter(pk=payment.pk).update(payable_until=timezone.now())
    assert "Continue to payment" not in page(order, alice)
    answer = signed_in(alice).post(f"/orders/{order.pk}/pay/")
    assert answer["Location"] == f"/orders/{order.pk}/"


def test_a_checkout_that_never_opened_gets_fresh_time_when_its_customer_comes_back(
    alice: User, sandbox: Sandbox
) -> None:
    order = place(alice, (make_product(), 1))  # and Stripe was away until now
    Payment.objects.update(payable_until=timezone.now(), lease_until=None)
    assert "Continue to payment" in page(order, alice)
    answer = signed_in(alice).post(f"/orders/{order.pk}/pay/")
    payment = Payment.objects.get()
    assert answer["Location"] == payment.checkout_url != ""
    assert payment.payable_until is not None
    assert payment.payable_until > timezone.now() + timedelta(minutes=50)


def test_going_on_to_pay_leads_to_the_same_checkout(alice: User, sandbox: Sandbox) -> None:
    order, payment = place_with_checkout(alice, (make_product(), 1))
    answer = signed_in(alice).post(f"/orders/{order.pk}/pay/")
    assert answer["Location"] == payment.checkout_url
    assert signed_in(alice).get(f"/orders/{order.pk}/pay/").status_code == 405


def test_a_payment_that_the_bank_is_slow_with_is_not_asked_for_again(
    alice: User, sandbox: Sandbox
) -> None:
    order, payment = place_with_checkout(alice, (make_product(), 1))
    Payment.objects.filter(pk=payment.pk).update(status="PROCESSING")
    shown = page(order, alice)
    assert "on its way from your bank" in shown
    assert "Continue to payment" not in shown


@pytest.mark.parametrize("path", ["", "pay/", "cancel/"])
def test_another_customers_order_is_as_absent_as_none(alice: User, path: str) -> None:
    """Matrix row F01, invariant P3."""
    order = place(alice, (make_product(), 1))
    stranger = signed_in(make_user())
    for pk in (order.pk, uuid.uuid4()):
        answers = [getattr(stranger, method)(f"/orders/{pk}/{path}") for method in ("get", "post")]
        allowed = [answer for answer in answers if answer.status_code != 405]
        assert allowed
        assert {answer.status_code for answer in allowed} == {404}
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_whoever_is_not_signed_in_is_sent_to_the_login(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    for answer in (
        Client().get(f"/orders/{order.pk}/"),
        Client().post(f"/orders/{order.pk}/pay/"),
        Client().post(f"/orders/{order.pk}/cancel/"),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=/orders/")
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_staff_see_whose_order_it_is(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    assert "Customer Alice Archer" in page(order, make_user(role="STAFF"))
    assert "Customer" not in page(order, alice)


def test_what_the_customer_wrote_cannot_become_markup(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    RentalOrder.objects.filter(pk=order.pk).update(notes="<script>alert(1)</script>")
    response = signed_in(alice).get(f"/orders/{order.pk}/")
    assert b"<script>" not in response.content
    assert "<script>alert(1)</script>" in words(response)


def test_it_asks_a_fixed_number_of_queries(
    alice: User, sandbox: Sandbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = place(alice, *((make_product(), 1) for _ in range(5)))
    client = signed_in(alice)
    # Session, user, order, items, their movements, payments, refunds, claims, settlement, events,
    # documents, a change that waits.
    with django_assert_max_num_queries(12):
        client.get(f"/orders/{order.pk}/")
