"""Every refusal in the envelope, with its status, and nothing in it that is not the client's."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.urls("common.tests.urls")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("invalid", 400, "invalid"),
        ("not-permitted", 403, "not_permitted"),
        ("not-found", 404, "not_found"),
        ("conflict", 409, "conflict"),
        ("declined", 402, "payment_declined"),
        ("key-reused", 422, "idempotency_key_reused"),
        ("too-many", 429, "too_many_requests"),
        ("unavailable", 503, "unavailable"),
        ("plain-kind", 400, "error"),
        ("subkind", 409, "out_of_stock"),
        ("http404", 404, "not_found"),
        ("denied", 403, "not_permitted"),
        ("throttled", 429, "too_many_requests"),
        ("login", 401, "not_authenticated"),
        ("big", 413, "too_large"),
        ("suspicious", 400, "invalid"),
        ("operational", 503, "unavailable"),
    ],
)
def test_each_kind_has_its_status_and_code(
    client: Client, kind: str, status: int, code: str
) -> None:
    response = client.get(f"/payments/fail/{kind}/")
    body = response.json()
    assert (response.status_code, body["success"], body["code"]) == (status, False, code)
    assert body["message"].endswith(".")
    assert body["request_id"] == response["X-Request-ID"]
    assert set(body) == {"success", "message", "code", "errors", "request_id"}


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("too-many", "Retry-After", "17"),
        ("throttled", "Retry-After", "3"),
        ("unavailable", "Retry-After", "5"),
        ("operational", "Retry-After", "5"),
        ("login", "WWW-Authenticate", 'Bearer realm="api"'),
    ],
)
def test_some_say_what_to_do(client: Client, kind: str, header: str, value: str) -> None:
    assert client.get(f"/payments/fail/{kind}/")[header] == value


def test_the_errors_of_a_refusal_name_the_fields(client: Client) -> None:
    body = client.get("/payments/fail/invalid/").json()
    assert body["errors"] == {"lines": ["Too many."]}


@pytest.mark.parametrize("kind", ["bug", "integrity"])
def test_a_bug_is_a_500_that_tells_nothing(kind: str) -> None:
    response = Client(raise_request_exception=False).get(f"/payments/fail/{kind}/")
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert b"canary" not in response.content
    assert b"Traceback" not in response.content


def test_a_bug_is_raised_in_the_tests_of_whoever_wrote_it(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.get("/payments/fail/bug/")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"cart_items": [{"quantity": 0}]},
            "cart_items[0].quantity: Ensure this value is greater than or equal to 1.",
        ),
        ({"cart_items": [{"quantity": 1}, {}]}, "cart_items[1].quantity: This field is required."),
        ({"cart_items": [{"quantity": 1}, 5]}, "cart_items[1]: Invalid data."),
        ({"cart_items": 5}, 'cart_items: Expected a list of items but got type "int".'),
        ({"cart_items": [], "x": 1}, "x: Unknown field."),
        ({}, "cart_items: This field is required."),
    ],
)
def test_the_message_names_the_first_wrong_field(
    client: Client, body: dict[str, Any], message: str
) -> None:
    response = client.post("/payments/echo/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"].startswith(message[:-1])
    assert response.json()["errors"]


def test_a_success_is_in_the_envelope_too(client: Client) -> None:
    response = client.post(
        "/payments/echo/", {"cart_items": [{"quantity": 2}]}, content_type="application/json"
    )
    assert response.status_code == 201
    assert response["X-Echo"] == "yes"
    assert response.json() == {
        "success": True,
        "message": "Echoed",
        "data": {"cart_items": [{"quantity": 2}]},
    }


@pytest.mark.parametrize(("method", "status"), [("delete", 405), ("put", 405)])
def test_a_wrong_method_is_refused_in_the_envelope(
    client: Client, method: str, status: int
) -> None:
    response = getattr(client, method)("/payments/echo/")
    assert response.status_code == status
    assert response.json()["code"] == "method_not_allowed"
    assert response["Allow"] == "POST, OPTIONS"


def test_an_answer_that_nobody_can_give_is_a_406(client: Client) -> None:
    response = client.get("/payments/rows/", headers={"accept": "application/xml"})
    assert response.status_code == 406
    assert response.json()["code"] == "not_acceptable"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_an_unknown_api_address_is_never_html(client: Client, accept: str) -> None:
    response = client.get("/payments/nothing-here/", headers={"accept": accept})
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_an_unknown_page_is_html_for_a_browser_only(client: Client) -> None:
    page = client.get("/nothing-here/", headers={"accept": "text/html,*/*"})
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")
    assert client.get("/nothing-here/").json()["code"] == "not_found"


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_a_foreign_host_name_is_a_400_in_the_envelope(client: Client, accept: str) -> None:
    response = client.get("/payments/rows/", headers={"host": "evil.example", "accept": accept})
    assert response.status_code == 400
    assert response.json()["code"] == "invalid"


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_does_not_come_is_a_503() -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711)")
            held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        response = Client().get("/payments/locked/")
    finally:
        done.set()
        holder.join()
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
