"""GET /payments/success/?session_id="""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderEvent, Payment, RentalOrder
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import START, api_client, make_gateway, place, place_with_checkout
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import DECLINED, Sandbox, deliver_all
from payments.views.returns import POLLS_A_MINUTE

URL = "/payments/success/"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    make_gateway()
    return make_user("alice@example.com", name="Alice Canary")


@pytest.fixture
def checkout(sandbox: Sandbox, alice: User) -> tuple[RentalOrder, Payment]:
    """An order of Alice's with an open checkout."""
    return place_with_checkout(alice, (make_product(), 1))


def ask(client: Client | APIClient, session_id: str) -> Any:
    return client.get(URL, {"session_id": session_id})


def confirmations() -> int:
    return OrderEvent.objects.filter(fact="order.confirmed").count()


def test_before_paying_the_answer_is_pending(
    alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    order, payment = checkout
    answer = ask(api_client(alice), payment.session_id)
    assert answer.status_code == 202
    body = answer.json()
    assert (body["success"], body["code"]) == (False, "payment_pending")
    assert body["data"] == {
        "status": "PENDING",
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "checkout_url": payment.checkout_url,
    }


def test_the_page_alone_finds_out_that_it_was_paid(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    """B13: no webhook came."""
    order, payment = checkout
    sandbox.pay(payment.session_id)
    answer = ask(api_client(alice), payment.session_id)
    assert data(answer) == {
        "status": "CONFIRMED",
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "checkout_url": "",
    }
    assert answer.json()["message"] == "Payment completed successfully"


def test_page_and_webhook_together_confirm_once(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    """B13: fifty looks while the events come in."""
    _, payment = checkout
    sandbox.pay(payment.session_id)
    clients = [api_client(alice) for _ in range(5)]
    statuses: list[int] = []

    def look(client: APIClient) -> None:
        statuses.extend(ask(client, payment.session_id).status_code for _ in range(10))
        connection.close()

    threads = [threading.Thread(target=look, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    deliver_all(Client(), sandbox.events())
    run_jobs()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 202}
    assert len(statuses) == 50
    assert confirmations() == 1
    assert data(ask(clients[0], payment.session_id))["status"] == "CONFIRMED"


def test_the_url_is_not_believed(checkout: tuple[RentalOrder, Payment], alice: User) -> None:
    _, payment = checkout
    query = {"session_id": payment.session_id, "status": "paid", "payment_status": "paid"}
    assert api_client(alice).get(URL, query).status_code == 202
    assert RentalOrder.objects.get().status == "PENDING"


def test_a_declined_card_leaves_the_payment_open(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    _, payment = checkout
    sandbox.pay(payment.session_id, DECLINED)
    answer = ask(api_client(alice), payment.session_id)
    assert (answer.status_code, answer.json()["code"]) == (202, "payment_pending")


def test_a_cancelled_order_is_told_as_ended(
    alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    order, payment = checkout
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    body = ask(api_client(alice), payment.session_id).json()
    assert (body["success"], body["code"]) == (False, "order_ended")
    assert body["data"]["checkout_url"] == ""


def test_without_login_the_page_shows_the_status_and_nothing_else(
    sandbox: Sandbox, checkout: tuple[RentalOrder, Payment]
) -> None:
    """B14: the session id is a secret of the customer's browser, and the link may be shared."""
    order, payment = checkout
    answer = ask(api_client(), payment.session_id)
    assert answer.json()["data"] == {"status": "PENDING"}
    sandbox.pay(payment.session_id)
    answer = ask(api_client(), payment.session_id)
    assert data(answer) == {"status": "CONFIRMED"}
    page = Client().get(URL, {"session_id": payment.session_id}, headers=BROWSER)
    for private in (order.order_number, str(order.pk), "Canary", "alice@", payment.checkout_url):
        assert private not in answer.content.decode() + page.content.decode()


def test_a_session_of_somebody_else_is_as_unknown_as_an_invented_one(
    checkout: tuple[RentalOrder, Payment],
) -> None:
    """B14."""
    _, payment = checkout
    client = api_client(make_user())
    foreign = refusal(ask(client, payment.session_id), 404, "not_found")
    invented = refusal(ask(client, "cs_test_" + "a" * 58), 404, "not_found")
    assert {**foreign, "request_id": ""} == {**invented, "request_id": ""}


def test_staff_see_what_the_customer_sees(checkout: tuple[RentalOrder, Payment]) -> None:
    order, payment = checkout
    answer = ask(api_client(make_user(role=Role.STAFF)), payment.session_id)
    assert answer.json()["data"]["order_number"] == order.order_number


@pytest.mark.parametrize(
    "session_id", ["", "x", "\0", "a" * 256, "' OR 1=1 --", "{CHECKOUT_SESSION_ID}", "\ud83d\ude00"]
)
def test_an_odd_session_id_is_not_found(alice: User, session_id: str) -> None:
    """The empty one above all: it is that of a payment without a session."""
    place(alice, (make_product(), 1))
    text = session_id.encode(errors="replace").decode()
    refusal(ask(api_client(), text), 404, "not_found")


def test_without_a_session_id_there_is_nothing_to_show() -> None:
    refusal(api_client().get(URL), 404, "not_found")


def test_a_page_that_reloads_all_the_time_does_not_flood_stripe(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    _, payment = checkout
    client = api_client(alice)
    for _ in range(POLLS_A_MINUTE + 10):
        assert ask(client, payment.session_id).status_code == 202
    path = f"/v1/checkout/sessions/{payment.session_id}"
    assert len(sandbox.journal(method="GET", path=path)) == POLLS_A_MINUTE


def test_stripe_being_down_leaves_the_page_pending(
    sandbox: Sandbox, alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    _, payment = checkout
    sandbox.fault(kind="refuse")
    assert ask(api_client(alice), payment.session_id).status_code == 202


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's browser."""
    client = Client(headers=BROWSER)
    client.force_login(alice)
    return client


def test_a_browser_gets_a_page_that_looks_again_while_it_waits(
    sandbox: Sandbox, browser: Client, checkout: tuple[RentalOrder, Payment]
) -> None:
    order, payment = checkout
    page = ask(browser, payment.session_id)
    text = page.content.decode()
    assert (page.status_code, page["Content-Type"]) == (202, "text/html; charset=utf-8")
    assert '<meta http-equiv="refresh"' in text
    assert payment.checkout_url in text
    sandbox.pay(payment.session_id)
    page = ask(browser, payment.session_id)
    text = page.content.decode()
    assert page.status_code == 200
    assert "refresh" not in text
    assert "Payment completed successfully" in text
    assert order.order_number in text
    assert f"/orders/{order.pk}/" in text


def test_a_browser_gets_a_page_for_an_ended_order(
    browser: Client, checkout: tuple[RentalOrder, Payment]
) -> None:
    order, payment = checkout
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    text = ask(browser, payment.session_id).content.decode()
    assert "This order has ended" in text
    assert "refresh" not in text


def test_a_browser_gets_a_page_for_an_unknown_session() -> None:
    page = Client(headers=BROWSER).get(URL, {"session_id": "<script>alert(1)</script>"})
    text = page.content.decode()
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")
    assert "We do not know this payment" in text
    assert "<script>" not in text


def test_the_answer_is_kept_out_of_every_cache(
    checkout: tuple[RentalOrder, Payment],
) -> None:
    answer = ask(api_client(), checkout[1].session_id)
    assert answer["Cache-Control"] == "no-store, private"
    assert "Accept" in answer["Vary"]


def test_looking_before_paying_changes_no_order(
    alice: User, checkout: tuple[RentalOrder, Payment]
) -> None:
    """D7: nothing changes on GET but what any timer would find out as well."""
    _, payment = checkout
    before = rows()
    ask(api_client(alice), payment.session_id)
    assert rows() == before
    assert RentalOrder.objects.get().status == "PENDING"
