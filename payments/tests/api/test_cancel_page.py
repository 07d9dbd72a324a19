"""GET /payments/cancel/?order_id="""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.support import data, rows
from payments.tests.factories import START, api_client, make_gateway, place_with_checkout
from payments.tests.sandbox import Sandbox

URL = "/payments/cancel/"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
KEPT = "The payment was not completed. The order is kept until its hold ends."

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    make_gateway()
    return make_user("alice@example.com", name="Alice Canary")


@pytest.fixture
def checkout(sandbox: Sandbox, alice: User) -> tuple[RentalOrder, Payment]:
    return place_with_checkout(alice, (make_product(), 1))


def ask(client: Any, order_id: object) -> Any:
    return client.get(URL, {"order_id": str(order_id)})


def test_the_owner_learns_how_to_go_on(alice: User, checkout: tuple[RentalOrder, Payment]) -> None:
    order, payment = checkout
    answer = ask(api_client(alice), order.pk)
    assert data(answer) == {
        "status": "PENDING",
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "checkout_url": payment.checkout_url,
    }
    assert answer.json()["message"] == KEPT


def test_nothing_is_cancelled_by_looking(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    """B14: a mail program fetches links, a page embeds `<img src=…cancel…>`."""
    order, payment = checkout
    before, calls = rows(), len(sandbox.journal())
    for client in (api_client(alice), api_client(make_user()), api_client()):
        for _ in range(3):
            ask(client, order.pk)
        client.head(URL, {"order_id": str(order.pk)})
    assert rows() == before
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("PENDING", "PENDING")
    assert len(sandbox.journal()) == calls


def test_an_ended_order_is_told_as_such(alice: User, checkout: tuple[RentalOrder, Payment]) -> None:
    order, _ = checkout
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    answer = ask(api_client(alice), order.pk)
    assert answer.json()["message"] == "This order is cancelled."
    assert data(answer)["checkout_url"] == ""


def test_anyone_else_gets_the_same_words_for_any_id(
    checkout: tuple[RentalOrder, Payment],
) -> None:
    """B14: a foreign, an invented and a malformed id, with and without login."""
    order, _ = checkout
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    answers = [
        ask(client, order_id).json()
        for client in (api_client(), api_client(make_user()))
        for order_id in (order.pk, uuid4(), "1", "", "\0", "x" * 1000, "{" + str(uuid4()) + "}")
    ]
    assert all(
        answer == {"success": True, "message": KEPT, "data": {"status": None}} for answer in answers
    )


def test_staff_see_what_the_customer_sees(checkout: tuple[RentalOrder, Payment]) -> None:
    order, _ = checkout
    answer = ask(api_client(make_user(role=Role.STAFF)), order.pk)
    assert data(answer)["order_number"] == order.order_number


def test_a_browser_gets_a_page_with_the_way_back_to_the_checkout(
    alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    order, payment = checkout
    client = Client(headers=BROWSER)
    stranger = ask(client, order.pk)
    assert stranger["Content-Type"] == "text/html; charset=utf-8"
    assert order.order_number not in stranger.content.decode()
    client.force_login(alice)
    text = ask(client, order.pk).content.decode()
    assert "Payment not completed" in text
    assert payment.checkout_url in text
    assert order.order_number in text
    assert "refresh" not in text


def test_the_page_is_kept_out_of_every_cache(checkout: tuple[RentalOrder, Payment]) -> None:
    assert ask(api_client(), checkout[0].pk)["Cache-Control"] == "no-store, private"
