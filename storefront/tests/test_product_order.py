"""/products/<slug>/ : "Order and pay"."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import PaymentGateway, RentalOrder
from payments.tests.factories import START, make_gateway, period, place
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import choice, signed_in, words


def order(client: Client, product: Product, **changes: Any) -> Any:
    """Press "Order and pay" on a page that shows a price."""
    chosen = choice(**changes)
    shown = client.get(f"/products/{product.slug}/", chosen).content.decode()
    key = re.search(r'name="key" value="([0-9a-f]+)"', shown)
    assert key is not None, shown
    return client.post(f"/products/{product.slug}/", {**chosen, "key": key[1], "notes": "Hello"})


@pytest.fixture
def alice(transactional_db: None) -> User:
    return make_user("alice@example.com")


@pytest.fixture
def gateway(transactional_db: None) -> PaymentGateway:
    return make_gateway()


def test_ordering_leads_to_the_gateways_page(
    gateway: PaymentGateway, alice: User, sandbox: Sandbox
) -> None:
    response = order(signed_in(alice), make_product())
    placed = RentalOrder.objects.get(customer=alice)
    assert response.status_code == 302
    assert response["Location"] == placed.payments.get().checkout_url
    assert (placed.status, placed.due_minor, placed.notes) == ("PENDING", 21900, "Hello")
    assert placed.rental_start_date == START


def test_sending_the_same_page_twice_makes_one_order(
    gateway: PaymentGateway, alice: User, sandbox: Sandbox
) -> None:
    """Matrix row A01: a double click, or going back to mend the message."""
    client, product = signed_in(alice), make_product()
    body = {**choice(), "key": "0" * 32, "notes": ""}
    first = client.post(f"/products/{product.slug}/", body)
    second = client.post(f"/products/{product.slug}/", {**body, "notes": "And a helmet"})
    assert first["Location"] == second["Location"]
    assert RentalOrder.objects.count() == 1
    assert order(client, product)["Location"] != first["Location"]  # a page of its own
    assert RentalOrder.objects.count() == 2


def test_units_that_went_meanwhile_are_told_and_no_order_is_made(
    gateway: PaymentGateway, alice: User, sandbox: Sandbox
) -> None:
    product = make_product(units=2)
    place(make_user(), (product, 1), when=period(1))
    body = {**choice(quantity=2), "key": "0" * 32, "notes": ""}
    page = words(signed_in(alice).post(f"/products/{product.slug}/", body))
    assert "Not enough units are free in this period." in page
    assert "Only 1 is free at that time." in page
    assert "Order and pay" not in page
    assert not RentalOrder.objects.filter(customer=alice).exists()


def test_too_many_unpaid_orders_are_told(
    gateway: PaymentGateway, alice: User, sandbox: Sandbox, settings: Settings
) -> None:
    """Matrix row F08."""
    settings.MAX_PENDING_ORDERS = 1
    product = make_product()
    place(alice, (product, 1))
    page = words(order(signed_in(alice), product))
    assert "You have too many unpaid orders." in page
    assert RentalOrder.objects.count() == 1


def test_a_shop_without_a_gateway_says_so(
    transactional_db: None, alice: User, sandbox: Sandbox
) -> None:
    page = words(order(signed_in(alice), make_product()))
    assert "no active payment gateway" in page
    assert not RentalOrder.objects.exists()


def test_with_the_gateway_down_the_order_is_kept_and_paid_later(
    gateway: PaymentGateway, alice: User, sandbox: Sandbox
) -> None:
    client = signed_in(alice)
    sandbox.fault(match={"path": "/v1/checkout/sessions"}, kind="refuse")
    response = order(client, make_product())
    placed = RentalOrder.objects.get(customer=alice)
    assert response["Location"] == f"/orders/{placed.pk}/"
    page = words(client.get(response["Location"]))
    assert "Your order is kept; please try again in a moment." in page
    assert "Continue to payment" in page
    sandbox.heal()
    again = client.post(f"/orders/{placed.pk}/pay/")
    assert again["Location"] == placed.payments.get().checkout_url != ""


def test_ordering_needs_a_login_and_keeps_the_choice(
    transactional_db: None, client: Client
) -> None:
    product = make_product()
    body = {**choice(quantity=3), "key": "0" * 32, "notes": ""}
    response = client.post(f"/products/{product.slug}/", body)
    assert response["Location"].startswith("/login/?next=/products/")
    assert "quantity%3D3" in response["Location"]
    assert not RentalOrder.objects.exists()


def test_ordering_needs_the_csrf_token(gateway: PaymentGateway, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    product = make_product()
    body = {**choice(), "key": "0" * 32, "notes": ""}
    assert client.post(f"/products/{product.slug}/", body).status_code == 403
    assert not RentalOrder.objects.exists()


@pytest.mark.parametrize("key", ["", "short", "g" * 32, "0" * 33])
def test_a_key_that_no_page_of_ours_made_is_refused(
    gateway: PaymentGateway, alice: User, key: str
) -> None:
    body = {**choice(), "key": key, "notes": ""}
    response = signed_in(alice).post(f"/products/{make_product().slug}/", body)
    assert response.status_code == 200
    assert b'role="alert"' in response.content
    assert not RentalOrder.objects.exists()
