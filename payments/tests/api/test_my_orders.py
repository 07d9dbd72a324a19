"""GET /payments/rental-orders/my_orders/"""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.services.pursuit import pursue_payment
from payments.tests.api.support import data, refusal
from payments.tests.factories import (
    START,
    api_client,
    cart_body,
    make_gateway,
    period,
    place,
    place_with_checkout,
)
from payments.tests.sandbox import Sandbox

URL = "/payments/rental-orders/my_orders/"
CREATE = "/payments/rental-orders/create_from_cart/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _gateway() -> None:
    make_gateway()


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com", name="Alice Doe")


def numbers(client: APIClient, **query: Any) -> list[str]:
    """Order numbers as they are listed."""
    return [row["order_number"] for row in data(client.get(URL, query))]


def test_without_redis_the_cache_is_a_table_and_ones_own_change_is_seen_at_once(
    settings: LazySettings,
) -> None:
    """R18."""
    settings.CACHES = {"default": settings.DATABASE_CACHE}
    alice = make_user()
    client = api_client(alice)
    for count in (0, 1, 2):
        for _ in range(2):  # the second time out of the table
            assert client.get(URL).json()["pagination"]["count"] == count
        place(alice, (make_product(), 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM common_cache")
        assert cursor.fetchone() == (3,)


def test_a_row_is_as_the_specification_shows_it(alice: User) -> None:
    order = place(alice, (make_product(), 2), when=period(2))
    answer = api_client(alice).get(URL)
    assert answer.json() == {
        "success": True,
        "message": "Orders retrieved successfully",
        "data": [
            {
                "id": str(order.pk),
                "order_number": order.order_number,
                "customer_name": "Alice Doe",
                "status": "PENDING",
                "status_display": "Pending",
                "rental_start_date": f"{order.rental_start_date:%Y-%m-%dT%H:%M:%SZ}",
                "rental_end_date": f"{order.rental_end_date:%Y-%m-%dT%H:%M:%SZ}",
                "total_amount": "219.00",
                "currency": "EUR",
                "items_count": 2,
                "created_at": answer.json()["data"][0]["created_at"],
            }
        ],
        "pagination": {
            "page": 1,
            "page_size": 20,
            "total_pages": 1,
            "count": 1,
            "next": None,
            "previous": None,
        },
    }
    assert answer["Content-Type"] == "application/json"


def test_orders_come_page_by_page_newest_first(alice: User) -> None:
    product = make_product()
    placed = [place(alice, (product, 1), when=period(n)).order_number for n in (1, 2, 3)]
    client = api_client(alice)
    first = client.get(URL, {"page_size": 2}).json()
    assert [row["order_number"] for row in first["data"]] == [placed[2], placed[1]]
    assert first["pagination"]["count"] == 3
    assert first["pagination"]["total_pages"] == 2
    second = client.get(first["pagination"]["next"]).json()
    assert [row["order_number"] for row in second["data"]] == [placed[0]]
    assert second["pagination"]["next"] is None
    assert client.get(second["pagination"]["previous"]).json()["data"] == first["data"]


def test_orders_are_filtered_by_status_number_and_dates(alice: User) -> None:
    product = make_product()
    early = place(alice, (product, 1), when=period(1)).order_number
    late_start = START + timedelta(days=10)
    late = place(alice, (product, 1), when=period(1, late_start))
    cancel_order(order_id=late.pk, actor=Actor.of(alice), now=START)
    client = api_client(alice)
    assert numbers(client, status="PENDING") == [early]
    assert numbers(client, status=["PENDING", "CANCELLED"]) == [late.order_number, early]
    assert numbers(client, status="CONFIRMED") == []
    assert numbers(client, order_number=early.lower()) == [early]
    assert numbers(client, order_number="RO") == [late.order_number, early]
    assert numbers(client, starts_after=late_start.isoformat()) == [late.order_number]
    assert numbers(client, starts_before=late_start.isoformat()) == [early]
    assert numbers(client, created_before="2020-01-01T00:00:00Z") == []
    assert numbers(client, created_after="2020-01-01T00:00:00Z") == [late.order_number, early]


def test_orders_are_sorted_by_what_is_listed_and_nothing_else(alice: User) -> None:
    product = make_product()
    dear = place(alice, (product, 2), when=period(2)).order_number
    cheap = place(alice, (product, 1), when=period(1, START + timedelta(days=5))).order_number
    client = api_client(alice)
    assert numbers(client, ordering="total_amount") == [cheap, dear]
    assert numbers(client, ordering="-total_amount") == [dear, cheap]
    assert numbers(client, ordering="rental_start_date") == [dear, cheap]
    assert numbers(client, ordering="created_at") == [dear, cheap]


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "customer__password"},
        {"ordering": "-id"},
        {"customer__email__startswith": "a"},
        {"status__in": "PENDING"},
        {"customer": "1"},
        {"status": "PAID"},
        {"status": "PENDING,CONFIRMED"},
        {"order_number": "x" * 33},
        {"order_number": "RO\0"},
        {"starts_after": "2026-01-01T10:00:00"},
        {"starts_after": "2026-01-01"},
        {"starts_before": "tomorrow"},
        {"created_after": "9999-12-31T23:59:59Z"},
        {"created_before": "2026-02-30T10:00:00Z"},
        {"page": "0"},
        {"page": "1_0"},
        {"page": "２"},
        {"page": "last"},
        {"page_size": "1000000000"},
        {"page_size": "-5"},
        {"format": "json"},
    ],
    ids=str,
)
def test_other_parameters_and_odd_values_are_refused_by_name(
    alice: User, query: dict[str, str]
) -> None:
    """F03, F04."""
    body = refusal(api_client(alice).get(URL, query), 400, "invalid")
    (name,) = query
    assert name in body["errors"]
    assert body["message"].startswith(f"{name}:")


def test_a_page_has_a_hundred_rows_at_most(alice: User) -> None:
    """F04."""
    answer = api_client(alice).get(URL, {"page_size": "100000000"}).json()
    assert answer["pagination"]["page_size"] == 100


def test_a_page_beyond_the_last_one_is_not_found(alice: User) -> None:
    refusal(api_client(alice).get(URL, {"page": "2"}), 404, "not_found")


def test_any_number_of_orders_takes_the_same_queries(
    alice: User, django_assert_num_queries: Any
) -> None:
    client = api_client(alice)
    for _ in range(3):
        for days in (1, 2, 3, 4):
            place(alice, (make_product(), 1), (make_product(), 2), when=period(days))
        with django_assert_num_queries(3):  # user, count, rows
            assert data(client.get(URL, {"page_size": 100}))


def test_from_the_cache_only_the_user_is_asked_for(
    alice: User, django_assert_num_queries: Any
) -> None:
    place(alice, (make_product(), 1))
    client = api_client(alice)
    first = client.get(URL)
    with django_assert_num_queries(1):
        again = client.get(URL)
    assert again.content == first.content
    assert again["Cache-Control"] == "no-store, private"


@pytest.mark.django_db(transaction=True)
def test_own_changes_are_visible_at_once(sandbox: Sandbox, alice: User) -> None:
    """F05: placed, paid and cancelled, each followed by a look."""
    client, product = api_client(alice), make_product()
    assert data(client.get(URL)) == []
    placed = data(client.post(CREATE, cart_body((product, 1)), format="json"), 201)
    assert [row["status"] for row in data(client.get(URL))] == ["PENDING"]
    sandbox.pay(placed["session_id"])
    pursue_payment(RentalOrder.objects.get().payments.get().pk)
    assert [row["status"] for row in data(client.get(URL))] == ["CONFIRMED"]
    client.post(f"/payments/rental-orders/{placed['order_id']}/cancel_order/")
    assert [row["status"] for row in data(client.get(URL))] == ["CANCELLED"]


@pytest.mark.django_db(transaction=True)
def test_the_changes_of_others_are_visible_at_once(sandbox: Sandbox, alice: User) -> None:
    order, _ = place_with_checkout(alice, (make_product(), 1))
    client = api_client(alice)
    assert [row["status"] for row in data(client.get(URL))] == ["PENDING"]
    staff = api_client(make_user(role=Role.STAFF))
    data_of = staff.post(f"/payments/rental-orders/{order.pk}/cancel_order/")
    assert data_of.status_code == 200
    assert [row["status"] for row in data(client.get(URL))] == ["CANCELLED"]


def test_two_customers_never_see_each_others_orders(alice: User) -> None:
    """F05, P3: by turns, from the cache and not, and after a change of role."""
    bob = make_user("bob@example.com", name="Bob Canary")
    product = make_product()
    own = {user: place(user, (product, 1)).order_number for user in (alice, bob)}
    clients = {user: api_client(user) for user in own}
    for _ in range(3):
        for user, client in clients.items():
            assert numbers(client) == [own[user]]
    User.objects.filter(pk=bob.pk).update(role=Role.STAFF)
    assert numbers(clients[bob]) == [own[bob]]
    assert numbers(clients[alice]) == [own[alice]]
    assert "Canary" not in clients[alice].get(URL).content.decode()


def test_links_name_the_host_that_was_asked(alice: User, settings: Any) -> None:
    """The cache must not hand one host's links to another."""
    settings.ALLOWED_HOSTS = ["one.example.com", "two.example.com"]
    for days in (1, 2):
        place(alice, (make_product(), 1), when=period(days))
    client = api_client(alice)
    for host in ("one.example.com", "two.example.com"):
        page = client.get(URL, {"page_size": 1}, HTTP_HOST=host).json()
        assert page["pagination"]["next"].startswith(f"http://{host}/")


def test_junk_in_the_cache_is_a_miss(alice: User) -> None:
    """E05."""
    order = place(alice, (make_product(), 1))
    client = api_client(alice)
    numbers(client)
    (key,) = cache.keys(f"my_orders:{alice.pk}:*")  # type: ignore[attr-defined]
    cache.set(key, ["junk"])
    assert numbers(client) == [order.order_number]


def test_without_login_there_is_no_list() -> None:
    refusal(api_client().get(URL), 401, "not_authenticated")
