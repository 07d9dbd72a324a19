"""/orders/ : the customer's own orders."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.tests.factories import make_gateway, place
from storefront.tests.pages import signed_in, words
from storefront.views import my_orders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(transactional_db: None) -> User:
    make_gateway()
    return make_user("alice@example.com")


def test_it_asks_for_a_login_and_comes_back(client: Client) -> None:
    response = client.get("/orders/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/orders/")


def test_without_orders_it_leads_to_the_shop(alice: User) -> None:
    page = words(signed_in(alice).get("/orders/"))
    assert "You have not rented anything yet. See what we have" in page


def test_an_order_shows_its_number_things_and_price(alice: User) -> None:
    order = place(alice, (make_product(name="Canoe"), 2))
    response = signed_in(alice).get("/orders/")
    assert f"{order.order_number} Awaiting payment 2 × Canoe" in words(response)
    assert "219.00 EUR" in words(response)
    assert f'href="/orders/{order.pk}/"' in response.content.decode()


def test_only_ones_own_orders_are_listed_even_for_staff(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    for other in (make_user(), make_user(role="STAFF")):
        assert order.order_number not in words(signed_in(other).get("/orders/"))


def test_the_newest_comes_first_and_pages_follow(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(my_orders, "ORDERS_PER_PAGE", 2)
    product = make_product()
    old, middle, new = (place(alice, (product, 1)).order_number for _ in range(3))
    client = signed_in(alice)
    first = words(client.get("/orders/"))
    assert first.index(new) < first.index(middle)
    assert old not in first
    assert "Page 1 of 2" in first
    assert old in words(client.get("/orders/", {"page": "2"}))


def test_more_orders_ask_no_more_of_the_database(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = make_product(units=10)
    for _ in range(8):
        place(alice, (product, 1))
    client = signed_in(alice)
    with django_assert_num_queries(5):  # session, user, count, orders, items
        client.get("/orders/")


def test_nobody_keeps_a_copy(alice: User) -> None:
    """Matrix row F05: going back after signing out shows nothing."""
    cache_control = signed_in(alice).get("/orders/")["Cache-Control"]
    assert "no-store" in cache_control
    assert "private" in cache_control
