from typing import Any

import pytest
from django.test import Client

from catalog.models import Product
from catalog.tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

URL = "/catalog/products/"


def names(client: Client, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


def test_anyone_may_read_the_list(client: Client) -> None:
    make_product(name="Tent")
    answer = client.get(URL)
    body = answer.json()
    assert answer.status_code == 200
    assert body["success"] is True
    assert body["message"] == "Products retrieved successfully"
    assert body["pagination"]["count"] == 1
    assert body["data"][0]["name"] == "Tent"


def test_an_expired_token_does_not_close_the_shop(client: Client) -> None:
    assert client.get(URL, headers={"Authorization": "Bearer old.and.gone"}).status_code == 200


def test_inactive_products_are_not_listed(client: Client) -> None:
    make_product(name="Shown")
    make_product(name="Hidden", is_active=False)
    assert names(client) == ["Shown"]


def test_the_list_is_sorted_by_name(client: Client) -> None:
    for name in ("B", "C", "A"):
        make_product(name=name)
    assert names(client) == ["A", "B", "C"]
    assert names(client, ordering="-name") == ["C", "B", "A"]


def test_the_list_can_be_sorted_by_age(client: Client) -> None:
    for name in ("B", "C", "A"):
        make_product(name=name)
    assert names(client, ordering="created") == ["B", "C", "A"]
    assert names(client, ordering="-created") == ["A", "C", "B"]


def test_the_list_can_be_narrowed_to_a_category(client: Client) -> None:
    make_product(name="Bike", category=make_category(slug="bikes"))
    make_product(name="Tent")
    assert names(client, category="bikes") == ["Bike"]
    assert names(client, category="no-such-category") == []


def test_every_word_of_a_search_must_be_found_somewhere(client: Client) -> None:
    camping = make_category(name="Camping")
    make_product(name="Big Tent", description="For six.", category=camping)
    make_product(name="Small Tent", description="For two.", category=camping)
    make_product(name="Party Tent", description="For sixty.")
    assert names(client, search="tent SIX camp") == ["Big Tent"]
    assert names(client, search="tent nothing") == []


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "';--", "٪"])
def test_signs_in_a_search_have_no_special_meaning(client: Client, sign: str) -> None:
    make_product(name="Plain")
    make_product(name=f"With {sign} sign")
    assert names(client, search=sign) == [f"With {sign} sign"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ordering", "category__name"),
        ("ordering", "customer__password"),
        ("ordering", "deposit_minor"),
        ("ordering", "?"),
        ("ordering", "name;drop table"),
        ("search", "x" * 101),
        ("search", "a\0b"),
        ("category", "\0"),
        ("category", "x" * 81),
        ("page", "two"),
        ("page", "0"),
        ("page", "-1"),
        ("page_size", "1_0"),
        ("page_size", "２"),
    ],
)
def test_a_bad_question_is_refused_by_name(client: Client, field: str, value: str) -> None:
    """Matrix row F04: nothing but the listed fields, and never a 5xx."""
    make_product()
    answer = client.get(URL, {field: value})
    body = answer.json()
    assert answer.status_code == 400
    assert body["success"] is False
    assert body["code"] == "invalid"
    assert field in body["errors"]
    assert body["message"].startswith(f"{field}:")


@pytest.mark.parametrize(
    "query",
    ["category__slug__regex=.*", "units__gt=0", "is_active=false", "category__products__units=1"],
)
def test_look_ups_that_are_not_offered_do_nothing(client: Client, query: str) -> None:
    make_product(name="Shown")
    make_product(name="Hidden", is_active=False, units=1)
    rows = client.get(f"{URL}?{query}").json()["data"]
    assert [row["name"] for row in rows] == ["Shown"]


def test_a_page_is_at_most_a_hundred_rows(client: Client) -> None:
    category = make_category()
    Product.objects.bulk_create(
        Product(category=category, name=f"P{n:03}", slug=f"p{n}", units=1) for n in range(101)
    )
    body = client.get(URL, {"page_size": "999999999"}).json()
    assert len(body["data"]) == 100
    assert body["pagination"]["total_pages"] == 2
    assert len(client.get(URL, {"page_size": "100", "page": "2"}).json()["data"]) == 1


def test_equals_keep_their_places_from_page_to_page(client: Client) -> None:
    category = make_category()
    Product.objects.bulk_create(
        Product(category=category, name="Tent", slug=f"tent-{n}") for n in range(60)
    )
    seen = set()
    for page in range(1, 11):
        query = {"ordering": "-name", "page_size": "6", "page": str(page)}
        seen |= {row["id"] for row in client.get(URL, query).json()["data"]}
    assert len(seen) == 60


def test_a_page_behind_the_last_is_not_found(client: Client) -> None:
    answer = client.get(URL, {"page": "2"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_grow_with_the_list(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        make_product()
    with django_assert_num_queries(5):  # how many, which, their tiers, parts and discounts
        assert len(client.get(URL).json()["data"]) == count


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_list_cannot_be_written(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL, {}, content_type="application/json")
    assert answer.status_code == 405
    assert answer.json()["success"] is False
    assert Product.objects.count() == 0
