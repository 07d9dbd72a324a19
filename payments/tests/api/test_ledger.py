"""GET /payments/ledger/ and /payments/ledger/export/"""

import csv
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.ledger import Entry
from payments.models import RentalOrder
from payments.services.ledger import post
from payments.tests.factories import api_client, make_gateway, make_user, place

pytestmark = pytest.mark.django_db

URL = "/payments/ledger/"


@pytest.fixture(autouse=True)
def order() -> RentalOrder:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    post(order, "pi_1:captured", [Entry("stripe_clearing", 16_900), Entry("customer", -16_900)])
    return order


def ask(path: str = URL, **query: str) -> Any:
    return api_client(make_user(role=Role.STAFF)).get(path, query)


def exported(**query: str) -> list[list[str]]:
    answer = ask(f"{URL}export/", **query)
    assert answer.status_code == 200
    return list(csv.reader(_text(answer).splitlines()))


def _text(answer: Any) -> str:
    parts: Iterator[bytes] = answer.streaming_content
    return b"".join(parts).decode()


def accounts(answer: Any) -> list[str]:
    return [entry["account"] for entry in answer.json()["data"]]


def test_an_entry_tells_fact_order_account_and_amount_newest_first(order: RentalOrder) -> None:
    body = ask().json()
    assert body["message"] == "Ledger entries retrieved successfully"
    assert body["pagination"]["count"] == 2
    newest, oldest = body["data"]
    assert newest["account"] == "customer"
    assert newest["amount"] == "-169.00"
    assert oldest | {"id": 0, "transaction_id": 0, "posted_at": ""} == {
        "id": 0,
        "transaction_id": 0,
        "posted_at": "",
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "reference": "pi_1:captured",
        "account": "stripe_clearing",
        "amount": "169.00",
        "currency": "EUR",
    }


def test_entries_are_found_by_order_account_and_time(order: RentalOrder) -> None:
    other = place(make_user(), (make_product(), 1))
    post(other, "pi_2:captured", [Entry("stripe_clearing", 5), Entry("customer", -5)])
    found = ask(order_number=other.order_number, account="customer").json()["data"]
    assert [entry["amount"] for entry in found] == ["-0.05"]
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    assert accounts(ask(posted_after=later)) == []
    assert len(accounts(ask(posted_before=later))) == 4
    assert accounts(ask(order_number="RO%")) == []


@pytest.mark.parametrize("path", [URL, f"{URL}export/"])
@pytest.mark.parametrize(
    "query",
    [
        {"customer": "1"},
        {"transaction__order__customer__email": "a"},
        {"ordering": "id"},
        {"posted_after": "2026-01-01T00:00:00"},
        {"posted_after": "yesterday"},
        {"account": "x" * 41},
        {"account": "\0"},
    ],
)
def test_what_means_nothing_is_refused(path: str, query: dict[str, str]) -> None:
    """F04."""
    assert ask(path, **query).status_code == 400


def test_a_page_takes_the_same_queries_however_many_entries_it_has(order: RentalOrder) -> None:
    client = api_client(make_user(role=Role.STAFF))

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(URL)
        return len(captured)

    before = queries()
    for number in range(10):
        post(order, f"pi_x{number}:captured", [Entry("rent", 5), Entry("customer", -5)])
    assert queries() == before


def test_the_export_has_all_that_is_found_oldest_first(order: RentalOrder) -> None:
    header, first, second = exported()
    assert header == ["posted_at", "order_number", "reference", "account", "amount", "currency"]
    assert first[1:] == [order.order_number, "pi_1:captured", "stripe_clearing", "169.00", "EUR"]
    assert second[3:] == ["customer", "-169.00", "EUR"]
    assert len(exported(account="customer")) == 2


def test_the_export_is_a_file_that_nobody_keeps() -> None:
    answer = ask(f"{URL}export/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    assert "no-store" in answer["Cache-Control"]


def test_no_cell_of_the_export_is_a_formula(order: RentalOrder) -> None:
    """F12."""
    post(order, '=HYPERLINK("http://evil"):captured', [Entry("rent", 5), Entry("customer", -5)])
    assert exported()[3][2] == '\'=HYPERLINK("http://evil"):captured'
