from typing import Any

import pytest
from django.test import Client

from catalog.tests.factories import make_category

pytestmark = pytest.mark.django_db

URL = "/catalog/categories/"


def test_anyone_may_read_the_categories_in_the_order_of_the_shop(client: Client) -> None:
    second = make_category(name="A", slug="a", position=2)
    first = make_category(name="B", slug="b", position=1)
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer.json()["message"] == "Categories retrieved successfully"
    assert answer.json()["pagination"]["count"] == 2
    assert answer.json()["data"] == [
        {"id": str(first.id), "name": "B", "slug": "b"},
        {"id": str(second.id), "name": "A", "slug": "a"},
    ]


def test_the_number_of_queries_does_not_grow(
    client: Client, django_assert_num_queries: Any
) -> None:
    for _ in range(10):
        make_category()
    with django_assert_num_queries(2):
        assert len(client.get(URL).json()["data"]) == 10


def test_a_bad_page_is_refused(client: Client) -> None:
    assert client.get(URL, {"page": "x"}).status_code == 400
    assert client.get(URL, {"page": "9"}).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_categories_cannot_be_written(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL, {}, content_type="application/json")
    assert answer.status_code == 405
