"""GET /payments/ledger/summary/"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain import ledger
from payments.domain.ledger import Price
from payments.models import RentalOrder
from payments.services.balances import shop_today
from payments.services.ledger import post
from payments.tests.factories import api_client, make_gateway, make_user, place

pytestmark = pytest.mark.django_db

URL = "/payments/ledger/summary/"


@pytest.fixture(autouse=True)
def order() -> RentalOrder:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    post(order, "pi_1:captured", ledger.captured("stripe_clearing", 16_900))
    post(order, f"{order.pk}:charged", ledger.charged(Price(10_000, 1_900, 5_000)))
    return order


def ask(**query: str) -> Any:
    return api_client(make_user(role=Role.STAFF)).get(URL, query)


def test_staff_read_what_the_books_say_now_and_what_was_earned_by_day() -> None:
    data = ask().json()["data"]
    assert data.pop("as_of")
    today = shop_today()
    assert data == {
        "balances": [
            {
                "currency": "EUR",
                "deposits_held": "50.00",
                "owed_by_customers": "0.00",
                "owed_to_customers": "0.00",
                "clearing": {"stripe_clearing": "169.00"},
            }
        ],
        "first_day": (today - timedelta(days=29)).isoformat(),
        "last_day": today.isoformat(),
        "revenue": [
            {
                "day": today.isoformat(),
                "currency": "EUR",
                "rent": "100.00",
                "fee": "0.00",
                "damage": "0.00",
                "conceded": "0.00",
                "revenue": "100.00",
                "tax": "19.00",
            }
        ],
    }


def test_days_can_be_chosen() -> None:
    data = ask(**{"from": "2024-01-01", "to": "2024-12-31"}).json()["data"]
    assert (data["first_day"], data["last_day"]) == ("2024-01-01", "2024-12-31")
    assert data["revenue"] == []
    assert data["balances"]
    data = ask(to="2024-03-01").json()["data"]
    assert data["first_day"] == date(2024, 2, 1).isoformat()


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2024-01-02", "to": "2024-01-01"},
        {"from": "2024-01-01", "to": "2025-01-01"},
        {"to": "2024-02-30"},
        {"to": "20240201"},
        {"to": "2024-01-01T00:00:00Z"},
        {"to": "0001-01-01"},
        {"to": "\uff12024-01-01"},
        {"from": ""},
        {"day": "2024-01-01"},
        {"page": "1"},
    ],
    ids=str,
)
def test_days_that_make_no_sense_are_refused(query: dict[str, str]) -> None:
    """F03, F04."""
    answer = ask(**query)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


def test_staff_see_what_the_books_say_of_an_order_and_customers_do_not(order: RentalOrder) -> None:
    url = f"/payments/rental-orders/{order.pk}/"
    shown = api_client(make_user(role=Role.STAFF)).get(url).json()["data"]
    assert shown["balance"] == {"owed": "0.00", "deposit_held": "50.00", "refundable": "0.00"}
    assert "balance" not in api_client(order.customer).get(url).json()["data"]


def test_the_admin_shows_the_same() -> None:
    client = Client()
    client.force_login(make_user(role=Role.STAFF))
    page = client.get("/admin/payments/ledgerentry/summary/").content.decode()
    for part in ("50.00 EUR", "stripe_clearing 169.00 EUR", "100.00 EUR", shop_today().isoformat()):
        assert part in page
    assert "summary" in client.get("/admin/payments/ledgerentry/").content.decode()
