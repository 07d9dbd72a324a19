"""/orders/<id>/cancel/ : ask first, then cancel."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.services.pursuit import pursue_payment
from payments.tests.factories import make_gateway, period, place, place_with_checkout
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(transactional_db: None) -> User:
    make_gateway()
    return make_user("alice@example.com")


def paid(alice: User, sandbox: Sandbox, notice: timedelta) -> RentalOrder:
    """A confirmed order of 219.00, 100.00 of it deposit, that starts in `notice`."""
    start = datetime.now(UTC) + notice
    order, payment = place_with_checkout(alice, (make_product(), 2), when=period(2, start))
    sandbox.pay(payment.session_id)
    pursue_payment(payment.pk)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    return order


def test_looking_at_the_page_cancels_nothing(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    page = words(signed_in(alice).get(f"/orders/{order.pk}/cancel/"))
    assert "Nothing has been paid" in page
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_confirming_cancels_and_says_so(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    response = signed_in(alice).post(f"/orders/{order.pk}/cancel/", follow=True)
    assert f"Order {order.order_number} is cancelled." in words(response)
    order.refresh_from_db()
    assert order.status == "CANCELLED"


def test_the_page_says_what_comes_back_of_each_part_and_why(alice: User, sandbox: Sandbox) -> None:
    order = paid(alice, sandbox, timedelta(days=3, hours=1))
    page = words(signed_in(alice).get(f"/orders/{order.pk}/cancel/"))
    assert "59.50 EUR is kept" in page
    assert "Rent, 50.00 EUR: The policy gives 50 % of the rent back with 3 days to go." in page
    assert "Tax, 9.50 EUR: Tax goes the way of the rent" in page
    assert "Deposit, 100.00 EUR: A deposit comes back whole before pickup." in page


@pytest.mark.parametrize(
    ("notice", "back"),
    [
        (timedelta(days=8), "You get back 219.00 EUR of the 219.00 EUR"),
        (timedelta(days=3), "You get back 159.50 EUR of the 219.00 EUR"),
        (timedelta(hours=3), "You get back 100.00 EUR of the 219.00 EUR"),
    ],
)
def test_what_comes_back_is_told_before_and_then_really_comes(
    alice: User, sandbox: Sandbox, notice: timedelta, back: str
) -> None:
    order = paid(alice, sandbox, notice)
    client = signed_in(alice)
    page = words(client.get(f"/orders/{order.pk}/cancel/"))
    assert back in page
    client.post(f"/orders/{order.pk}/cancel/")
    assert f"{order.refunds.get().amount_minor / 100:.2f} EUR" in back


def test_staff_give_everything_back(alice: User, sandbox: Sandbox) -> None:
    order = paid(alice, sandbox, timedelta(hours=3))
    staff = signed_in(make_user(role="STAFF"))
    assert "You get back 219.00 EUR" in words(staff.get(f"/orders/{order.pk}/cancel/"))


def test_a_second_click_changes_nothing(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    client = signed_in(alice)
    client.post(f"/orders/{order.pk}/cancel/")
    events = order.events.count()
    response = client.post(f"/orders/{order.pk}/cancel/")
    assert response["Location"] == f"/orders/{order.pk}/"
    assert order.events.count() == events


@pytest.mark.parametrize("status", ["PICKED_UP", "RETURNED", "COMPLETED", "EXPIRED"])
def test_an_order_under_way_or_over_offers_no_cancelling(alice: User, status: str) -> None:
    order = place(alice, (make_product(), 1))
    RentalOrder.objects.filter(pk=order.pk).update(status=status)
    client = signed_in(alice)
    assert "Cancel this order" not in words(client.get(f"/orders/{order.pk}/"))
    for response in (
        client.get(f"/orders/{order.pk}/cancel/"),
        client.post(f"/orders/{order.pk}/cancel/"),
    ):
        assert response["Location"] == f"/orders/{order.pk}/"
    order.refresh_from_db()
    assert order.status == status


def test_cancelling_needs_the_csrf_token(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/orders/{order.pk}/cancel/").status_code == 403
    order.refresh_from_db()
    assert order.status == "PENDING"
