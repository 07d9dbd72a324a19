"""P4, continued: bodies that are no proper JSON, odd headers and addresses (F04, F12, F13)."""

import gzip
import json
from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.tests.api.support import refusal, rows
from payments.tests.factories import api_client, make_gateway, place

ORDERS: Final = "/payments/rental-orders/"
CART_URLS: Final = (f"{ORDERS}create_from_cart/", f"{ORDERS}quote/")

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    make_gateway()
    return api_client(make_user())


def short(value: Any) -> str:
    """A name for a test."""
    return ascii(value)[:50]


def deep(levels: int, opening: bytes, closing: bytes) -> bytes:
    return b'{"notes": ' + opening * levels + b"1" + closing * levels + b"}"


RAW_BODIES: Final[dict[str, bytes]] = {
    "no JSON": b"hello",
    "half of it": b'{"cart_items": [',
    "an array": b"[]",
    "an array of carts": b'[{"cart_items": []}]',
    "a text": b'"cart"',
    "a number": b"5",
    "null": b"null",
    "two objects": b"{}{}",
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1 /* one */}',
    "a trailing comma": b'{"a": 1,}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "an endless number": b'{"a": ' + b"9" * 10_000 + b"}",
    "a number beyond floats": b'{"a": 1e999}',
    "a key that appears twice": b'{"notes": "a", "notes": "b"}',
    "objects in objects": deep(100_000, b'{"a":', b"}"),
    "arrays in arrays": deep(200_000, b"[", b"]"),
    "21 levels": deep(21, b"[", b"]"),
    "open brackets": b"[" * 500_000,
    "a NUL": b'{"notes": "a\\u0000b"}',
    "a raw NUL": b'{"notes": "a\x00b"}',
    "a NUL in a name": b'{"a\\u0000": 1}',
    "half of a surrogate pair": b'{"notes": "\\ud800"}',
    "half of a pair in a name": b'{"\\udfff": 1}',
    "invalid UTF-8": b'{"notes": "\xff\xfe"}',
    "UTF-16": '{"notes": "a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "binary": bytes(range(256)),
    "nothing": b"",
    "blanks": b"  \n ",
}

POSTS: Final = (
    f"{ORDERS}create_from_cart/",
    f"{ORDERS}quote/",
    f"{ORDERS}{{order}}/cancel_order/",
    "/auth/register/",
    "/auth/token/",
    "/auth/token/refresh/",
    "/auth/logout/",
)
EMPTY: Final = {"nothing"}


@pytest.mark.parametrize("url", POSTS)
def test_a_body_that_is_no_proper_json_object_is_refused(client: APIClient, url: str) -> None:
    """F12, F13."""
    client, url, before = ready(url)
    for name, body in RAW_BODIES.items():
        if "cancel" in url and name in EMPTY:
            continue  # an empty body is an empty object, and that is enough to cancel
        answer = refusal(client.post(url, body, content_type="application/json"), 400, "invalid")
        # The parser stops these; no field is looked at.
        assert name in EMPTY or not answer["errors"], name
    assert rows() == before
    assert set(RentalOrder.objects.values_list("status", flat=True)) <= {"PENDING"}


def ready(url: str) -> tuple[APIClient, str, dict[str, int]]:
    """A customer with an order, the address with its id, and what there is before."""
    customer = make_user()
    order = place(customer, (make_product(), 1))
    return api_client(customer), url.format(order=order.pk), rows()


@pytest.mark.parametrize("url", POSTS)
def test_five_megabytes_are_refused_before_they_are_read(client: APIClient, url: str) -> None:
    """F13, C04."""
    client, url, before = ready(url)
    for body in (
        b'{"notes": "' + b"x" * 5_000_000 + b'"}',
        b'{"cart_items": [' + b'{"quantity": 1},' * 300_000 + b"{}]}",
    ):
        refusal(client.post(url, body, content_type="application/json"), 413, "too_large")
    assert rows() == before


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/x-python-serialize",
        "x" * 5000,
        "/",
    ],
)
@pytest.mark.parametrize("url", POSTS)
def test_anything_but_json_is_refused(client: APIClient, url: str, content_type: str) -> None:
    client, url, before = ready(url)
    answer = client.post(url, b'{"a": 1}', content_type=content_type)
    refusal(answer, 415, "unsupported_media_type")
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Length", "-1"),
        ("Content-Length", "many"),
        ("Content-Encoding", "gzip"),
        ("Authorization", "Bearer"),
        ("Authorization", "Bearer a b"),
        ("Authorization", "Bearer \xff"),
        ("Authorization", "Bearer " + "x" * 10_000),
        ("Authorization", "Basic YTpi"),
        ("X-Request-ID", "x\r\nSet-Cookie: a=b"),
        ("X-Forwarded-For", "not an address, 1.2.3.4.5"),
        ("Host", "evil.example.com"),
        ("Accept", "text/html"),
        ("Accept", "///"),
        ("Accept-Language", "x" * 5000),
        ("Cookie", "sessionid=\x00; csrftoken=\xff"),
    ],
    ids=short,
)
@pytest.mark.parametrize("url", POSTS)
def test_odd_headers_never_make_an_error_of_ours(
    client: APIClient, url: str, name: str, value: str
) -> None:
    """P4."""
    client, url, _ = ready(url)
    body = gzip.compress(b"{}") if value == "gzip" else b'{"a": 1}'
    answer = client.post(url, body, content_type="application/json", headers={name: value})
    assert answer.status_code < 500
    assert answer["Content-Type"].startswith("application/json"), answer.content
    assert "success" in json.loads(answer.content)
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        f"{ORDERS}my_orders/?%00",
        f"{ORDERS}my_orders/?status=%FF%FE",
        f"{ORDERS}my_orders/?page=" + "9" * 5000,
        f"{ORDERS}my_orders/?" + "&".join(f"a{n}=1" for n in range(1500)),
        f"{ORDERS}%FF%FE/",
        f"{ORDERS}%00/",
        f"{ORDERS}{'9' * 3000}/",
        "/payments/success/?session_id=%FF%00",
        "/payments/gateways/%00/",
        "/payments//",
        "/payments/%2e%2e/admin/",
        "/catalog/products/?search=%00",
        "/catalog/products/?ordering=price;drop",
        "/catalog/products/?page=1e3",
        "/catalog/products/%00/",
        "/auth/%F0%28%8C%28/",
    ],
    ids=short,
)
def test_odd_addresses_are_refused_in_the_envelope(client: APIClient, path: str) -> None:
    """F04, P4."""
    answer = client.get(path)
    assert 400 <= answer.status_code < 500, answer.content
    assert answer["Content-Type"].startswith("application/json"), answer.content
    assert json.loads(answer.content)["success"] is False
