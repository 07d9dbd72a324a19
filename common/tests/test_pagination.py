from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.urls("common.tests.urls")


def rows(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/payments/rows/{query}")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def test_the_first_page_comes_without_asking(client: Client) -> None:
    body = rows(client)
    assert body["success"] is True
    assert body["message"] == "Numbers retrieved successfully"
    assert body["data"] == list(range(20))
    assert body["pagination"] == {
        "page": 1,
        "page_size": 20,
        "total_pages": 3,
        "count": 45,
        "next": "http://testserver/payments/rows/?page=2",
        "previous": None,
    }


def test_the_last_page_has_no_next(client: Client) -> None:
    body = rows(client, "?page=5&page_size=10")
    assert body["data"] == [40, 41, 42, 43, 44]
    assert body["pagination"]["next"] is None
    assert body["pagination"]["previous"].endswith("?page=4&page_size=10")


def test_a_page_never_has_more_than_a_hundred_rows(client: Client) -> None:
    assert rows(client, "?page_size=100000000")["pagination"]["page_size"] == 100


@pytest.mark.parametrize("page", ["4", "999999999"])
def test_a_page_beyond_the_last_is_a_404(client: Client, page: str) -> None:
    response = client.get(f"/payments/rows/?page={page}")
    assert response.status_code == 404
    assert response.json()["message"] == "There is no such page."


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "1_0", "x", "", "%EF%BC%92", "%00", "1e3", "9" * 5000, "last"]
)
def test_what_is_no_number_is_a_400(client: Client, name: str, value: str) -> None:
    response = client.get(f"/payments/rows/?{name}={value}")
    assert response.status_code == 400
    assert response.json()["message"] == f"{name}: Must be a positive number."
