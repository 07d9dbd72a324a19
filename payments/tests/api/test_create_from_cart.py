"""POST /payments/rental-orders/create_from_cart/"""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, PaymentGateway, RentalOrder, Reservation
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, cart_body, make_gateway, period
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox

URL = "/payments/rental-orders/create_from_cart/"
SESSIONS = "/v1/checkout/sessions"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def gateway() -> PaymentGateway:
    return make_gateway()


def create(client: APIClient, body: Any, key: str | None = None) -> Any:
    """One request, with an Idempotency-Key if given."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(URL, body, format="json", headers=headers)


def sessions(sandbox: Sandbox) -> list[Any]:
    """Every checkout session that Stripe knows of."""
    return list(sandbox.get(SESSIONS, limit="100")["data"])


def test_a_cart_becomes_a_pending_order_with_an_open_checkout(sandbox: Sandbox) -> None:
    product = make_product(units=3)  # 25.00 a day, deposit 50.00, 19 % tax
    answer = create(api_client(make_user()), cart_body((product, 2)))
    body = answer.json()
    assert answer.status_code == 201, body
    order = RentalOrder.objects.get()
    session = sandbox.get(f"{SESSIONS}/{body['data']['session_id']}")
    # Two units, two days: 100.00 rent, 19.00 tax, 100.00 deposit.
    assert body == {
        "success": True,
        "message": "Rental order created successfully",
        "data": {
            "order_id": str(order.pk),
            "order_number": order.order_number,
            "total_amount": "219.00",
            "currency": "EUR",
            "checkout_url": session["url"],
            "session_id": session["id"],
        },
    }
    assert order.status == "PENDING"
    assert re.fullmatch(rf"RO{datetime.now(UTC):%Y%m%d}\d{{4,}}", order.order_number)
    assert session["id"].startswith("cs_test_")
    assert session["amount_total"] == 21900
    assert Reservation.objects.filter(order=order, is_active=True, quantity=2).count() == 1
    assert Payment.objects.get(order=order).amount_minor == 21900


def test_the_body_of_the_specification_is_taken_word_for_word(sandbox: Sandbox) -> None:
    when = period(2)
    body = {
        "cart_items": [{"product_id": str(make_product().pk), "quantity": 2}],
        "rental_start_date": f"{when.start:%Y-%m-%dT%H:%M:%SZ}",
        "rental_end_date": f"{when.end:%Y-%m-%dT%H:%M:%SZ}",
        "notes": "Optional notes",
    }
    data(create(api_client(make_user()), body), 201)
    order = RentalOrder.objects.get()
    assert (order.notes, order.period) == ("Optional notes", when)


def test_more_units_than_are_free_are_refused_and_nothing_is_written(sandbox: Sandbox) -> None:
    product = make_product(units=3)
    client = api_client(make_user())
    data(create(client, cart_body((product, 2))), 201)
    before = rows()
    body = refusal(create(client, cart_body((product, 2), when=period(3))), 409, "out_of_stock")
    assert body["errors"]["cart_items"] == [
        {"product_id": str(product.pk), "available_quantity": 1, "collisions": []}
    ]
    assert rows() == before


def test_equal_products_on_two_lines_are_added_up_before_they_are_checked(
    sandbox: Sandbox,
) -> None:
    """C04: 2 + 2 of a stock of 3."""
    product = make_product(units=3)
    client = api_client(make_user())
    before = rows()
    refusal(create(client, cart_body((product, 2), (product, 2))), 409, "out_of_stock")
    assert rows() == before
    order = data(create(client, cart_body((product, 2), (product, 1))), 201)
    assert Reservation.objects.get(order=order["order_id"]).quantity == 3


def test_the_same_key_gives_the_same_answer_and_one_order(sandbox: Sandbox) -> None:
    """A01, in turns; the parallel form is in tests/races."""
    client, body = api_client(make_user()), cart_body((make_product(), 1))
    first = create(client, body, "a-key")
    again = create(client, body, "a-key")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert RentalOrder.objects.count() == 1
    assert len(sessions(sandbox)) == 1


def test_another_key_is_another_order(sandbox: Sandbox) -> None:
    client, body = api_client(make_user()), cart_body((make_product(), 1))
    first, second = (data(create(client, body, key), 201) for key in ("one", "two"))
    assert first["order_id"] != second["order_id"]


def test_a_key_with_another_body_is_refused_without_any_effect(sandbox: Sandbox) -> None:
    """A02."""
    client, product = api_client(make_user()), make_product()
    data(create(client, cart_body((product, 1)), "a-key"), 201)
    before = rows()
    other = cart_body((product, 2))
    refusal(create(client, other, "a-key"), 422, "idempotency_key_reused")
    assert rows() == before


def test_a_key_of_another_customer_is_his_own(sandbox: Sandbox) -> None:
    """A02: customers neither see nor block one another by a key."""
    body = cart_body((make_product(), 1))
    first, second = (data(create(api_client(make_user()), body, "a-key"), 201) for _ in "12")
    assert first["order_id"] != second["order_id"]


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "umlaut-\xe4", "tab\there"])
def test_a_malformed_key_is_refused(sandbox: Sandbox, key: str) -> None:
    """A02."""
    client, cart = api_client(make_user()), cart_body((make_product(), 1))
    before = rows()
    body = refusal(create(client, cart, key), 400, "invalid")
    assert "Idempotency-Key" in body["errors"]
    assert "Idempotency-Key" in body["message"]
    assert rows() == before


def test_a_double_click_gives_the_same_order(sandbox: Sandbox) -> None:
    client, body = api_client(make_user()), cart_body((make_product(), 1))
    first, second = (create(client, body).json() for _ in "12")
    assert first == second
    assert RentalOrder.objects.count() == 1


def test_the_same_cart_again_after_a_cancellation_is_a_new_order(sandbox: Sandbox) -> None:
    client, body = api_client(make_user()), cart_body((make_product(units=1), 1))
    first = data(create(client, body), 201)
    cancel_order(order_id=first["order_id"], actor=SYSTEM, now=datetime.now(UTC))
    assert data(create(client, body), 201)["order_id"] != first["order_id"]


def test_the_same_cart_of_another_customer_is_another_order(sandbox: Sandbox) -> None:
    body = cart_body((make_product(), 1))
    for _ in "12":
        data(create(api_client(make_user()), body), 201)
    assert RentalOrder.objects.count() == 2


@pytest.mark.parametrize("key", [None, "a-key"])
def test_while_stripe_is_down_the_order_is_kept_and_a_retry_goes_on_with_it(
    sandbox: Sandbox, key: str | None
) -> None:
    client, cart = api_client(make_user()), cart_body((make_product(units=1), 1))
    sandbox.fault(kind="refuse", path=SESSIONS)
    answer = create(client, cart, key)
    body = refusal(answer, 503, "gateway_unavailable")
    assert int(answer["Retry-After"]) > 0
    order = RentalOrder.objects.get()
    assert body["errors"] == {"order_id": str(order.pk), "order_number": order.order_number}
    sandbox.heal()
    assert data(create(client, cart, key), 201)["order_id"] == str(order.pk)
    assert len(sessions(sandbox)) == 1
    assert Payment.objects.count() == 1


def test_a_session_whose_answer_was_lost_is_not_opened_twice(sandbox: Sandbox) -> None:
    """A05: Stripe did it, and the connection broke before it could say so."""
    client, cart = api_client(make_user()), cart_body((make_product(), 1))
    sandbox.fault(kind="drop_reply", path=SESSIONS)
    refusal(create(client, cart), 503, "gateway_unavailable")
    sandbox.heal()
    opened = data(create(client, cart), 201)
    assert [session["id"] for session in sessions(sandbox)] == [opened["session_id"]]


def test_without_a_secret_key_the_order_is_kept_and_the_customer_told(
    sandbox: Sandbox, settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    answer = create(api_client(make_user()), cart_body((make_product(), 1)))
    body = refusal(answer, 503, "gateway_not_configured")
    assert "STRIPE" not in body["message"]
    assert RentalOrder.objects.count() == 1


def test_without_an_active_gateway_nothing_is_written(
    sandbox: Sandbox, gateway: PaymentGateway
) -> None:
    PaymentGateway.objects.update(is_active=False)
    client, cart = api_client(make_user()), cart_body((make_product(), 1))
    before = rows()
    refusal(create(client, cart), 503, "unavailable")
    assert rows() == before


def test_an_order_that_costs_nothing_is_confirmed_without_a_payment(sandbox: Sandbox) -> None:
    """Row A09. One hundredth of a krona is charged as nothing: the króna has no such coins."""
    product = make_product(currency="ISK", deposit_minor=0, tiers=[("DAY", 1, 1)])
    placed = data(create(api_client(make_user()), cart_body((product, 1))), 201)
    assert (placed["total_amount"], placed["checkout_url"], placed["session_id"]) == (
        "0.00",
        None,
        None,
    )
    assert RentalOrder.objects.get().status == "CONFIRMED"
    quiet()
    assert not Payment.objects.exists()
    assert not sessions(sandbox)
    assert_books(sandbox)


def test_products_of_different_currencies_are_refused(sandbox: Sandbox) -> None:
    products = make_product(), make_product(currency="USD")
    client = api_client(make_user())
    before = rows()
    body = refusal(create(client, cart_body(*((p, 1) for p in products))), 400, "invalid")
    assert "cart_items" in body["errors"]
    assert rows() == before


def test_unpaid_orders_of_one_customer_are_limited(sandbox: Sandbox, settings: Any) -> None:
    """F08."""
    settings.MAX_PENDING_ORDERS = 2
    client, product = api_client(make_user()), make_product()
    for days in (1, 2):
        data(create(client, cart_body((product, 1), when=period(days))), 201)
    before = rows()
    cart = cart_body((product, 1), when=period(3))
    refusal(create(client, cart), 409, "too_many_pending_orders")
    assert rows() == before
    data(create(api_client(make_user()), cart), 201)  # others are not concerned


@pytest.mark.parametrize(
    "field", ["price", "total_amount", "customer", "status", "currency", "deposit", "order_number"]
)
def test_what_only_the_shop_decides_is_refused(sandbox: Sandbox, field: str) -> None:
    """F02."""
    client, product = api_client(make_user()), make_product()
    before = rows()
    body = refusal(create(client, {**cart_body((product, 1)), field: "1"}), 400, "invalid")
    assert body["errors"] == {field: ["Unknown field."]}
    assert body["message"].startswith(f"{field}:")
    line = {"product_id": str(product.pk), "quantity": 1, field: "1"}
    body = refusal(create(client, {**cart_body(), "cart_items": [line]}), 400, "invalid")
    assert body["errors"] == {"cart_items": {"0": {field: ["Unknown field."]}}}
    assert body["message"].startswith(f"cart_items[0].{field}:")
    assert rows() == before


def test_without_login_nothing_happens(sandbox: Sandbox) -> None:
    cart = cart_body((make_product(), 1))
    before = rows()
    answer = create(api_client(), cart)
    refusal(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert rows() == before


def test_a_session_cookie_alone_does_not_order(sandbox: Sandbox) -> None:
    """F10: another site can make a browser send the cookie, but not the CSRF token."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user())
    before = rows()
    refusal(create(client, cart_body((make_product(), 1))), 403, "not_permitted")
    assert {**rows(), "Product": 0} == {**before, "Product": 0}


def test_an_answer_is_kept_out_of_every_cache(sandbox: Sandbox) -> None:
    answer = create(api_client(make_user()), cart_body((make_product(), 1)))
    assert answer["Cache-Control"] == "no-store, private"
