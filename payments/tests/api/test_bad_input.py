"""P4: no input makes a 5xx, HTML, or a row (F02, F03, F12, F13, C03, C04).

Each table holds odd values of one field. The answer is a 4xx in the envelope whose message begins
with the field's name.
"""

from copy import deepcopy
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.tests.api.support import refusal, rows
from payments.tests.factories import START, api_client, cart_body, make_gateway

ORDERS: Final = "/payments/rental-orders/"
CART_URLS: Final = (f"{ORDERS}create_from_cart/", f"{ORDERS}quote/")

pytestmark = pytest.mark.django_db

WRONG_TYPES: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    5,
    -5,
    1.5,
    10**30,
    "",
    [],
    {},
    [[]],
    {"a": 1},
)

QUANTITIES: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    1001,
    2**31,
    2**63,
    10**30,
    1.0,
    1.5,
    -0.0,
    1e308,
    "",
    "1",
    "1_0",
    "\uff12",
    "\u0662",
    "1e3",
    "0x10",
    " 1",
    "NaN",
    [],
    [1],
    {},
)
PRODUCT_IDS: Final[tuple[Any, ...]] = (
    *(value for value in WRONG_TYPES),
    "x",
    str(uuid4()),  # of nothing
    uuid4().hex,
    f"{{{uuid4()}}}",
    f"urn:uuid:{uuid4()}",
    f"{uuid4()}\n",
    f" {uuid4()}",
    "\uff11" * 8 + "-1111-1111-1111-111111111111",
    "' OR 1=1 --",
    "x" * 5000,
)
DATES: Final[tuple[Any, ...]] = (
    *WRONG_TYPES,
    "tomorrow",
    "now",
    "infinity",
    "-infinity",
    "1900000000",
    "2030-01-01",
    "10:00:00Z",
    "2030-01-01T10:00:00",
    "2030-01-01 10:00",
    "2030-13-01T10:00:00Z",
    "2030-02-30T10:00:00Z",
    "2030-01-01T25:00:00Z",
    "2030-01-01T10:61:00Z",
    "2030-01-01T10:00:00+25:00",
    "2030-01-01T10:00:00Europe/Berlin",
    "2030-01-01T10:00:00Z\n",
    "2030-01-01T10:00:00Z'; DROP TABLE payments_rentalorder; --",
    "2030-W01-1T10:00:00Z",
    "\uff12030-01-01T10:00:00Z",
    "+02030-01-01T10:00:00Z",
    "-2030-01-01T10:00:00Z",
    "0000-01-01T10:00:00Z",
    "0001-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2201-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "99999-12-31T23:59:59Z",
    "x" * 5000,
)
STARTS: Final = (*DATES, "2020-01-01T00:00:00Z")  # the past
ENDS: Final = (
    *DATES,
    START.isoformat(),  # nothing in between
    (START - timedelta(days=1)).isoformat(),
    (START + timedelta(days=367)).isoformat(),
    (START + timedelta(days=3650)).isoformat(),
    "2020-01-01T00:00:00Z",
)
NOTES: Final[tuple[Any, ...]] = (
    *(value for value in WRONG_TYPES if value != ""),
    "x" * 2001,
    "bell \x07",
    "\x1b[31mred",
    "right \u202e left",
)
LINES: Final[tuple[Any, ...]] = (
    *WRONG_TYPES,
    "x",
    [None],
    [5],
    ["x"],
    [{}],
    {"0": {"product_id": str(uuid4()), "quantity": 1}},
    [{"product_id": str(uuid4()), "quantity": 1}] * 51,
    [{"product_id": str(uuid4()), "quantity": 1}] * 1000,
    [{}] * 60_000,
)

FIELDS: Final = {
    "cart_items": LINES,
    "cart_items[0].product_id": PRODUCT_IDS,
    "cart_items[0].quantity": QUANTITIES,
    "rental_start_date": STARTS,
    "rental_end_date": ENDS,
    "notes": NOTES,
}


@pytest.fixture
def client() -> APIClient:
    make_gateway()
    return api_client(make_user())


def short(value: Any) -> str:
    """A name for a test."""
    return ascii(value)[:50]


@pytest.mark.parametrize("url", CART_URLS)
@pytest.mark.parametrize("field", FIELDS)
def test_odd_values_in_a_cart_are_refused_by_name(client: APIClient, url: str, field: str) -> None:
    """F03, C03, C04. One test for a whole table: the rows before and after are the same for all."""
    good = cart_body((make_product(), 1))
    before = rows()
    for value in FIELDS[field]:
        body = deepcopy(good)
        line, _, name = field.partition("[0].")
        (body[line][0] if name else body)[name or line] = value
        answer = refusal(client.post(url, body, format="json"), 400, "invalid")
        assert answer["message"].startswith(field), (short(value), answer["message"])
        assert field.split("[")[0] in answer["errors"], short(value)
    assert rows() == before


@pytest.mark.parametrize("url", CART_URLS)
@pytest.mark.parametrize("field", ["cart_items", "rental_start_date", "rental_end_date"])
def test_what_is_missing_is_named(client: APIClient, url: str, field: str) -> None:
    body = cart_body((make_product(), 1))
    del body[field]
    answer = refusal(client.post(url, body, format="json"), 400, "invalid")
    assert answer["errors"] == {field: ["This field is required."]}


def test_every_wrong_field_is_named_at_once(client: APIClient) -> None:
    body = {"cart_items": [{"quantity": 0}, {"product_id": 1}], "rental_start_date": "x", "a": 1}
    answer = refusal(client.post(CART_URLS[0], body, format="json"), 400, "invalid")
    assert set(answer["errors"]) == {"cart_items", "rental_start_date", "rental_end_date", "a"}
    assert set(answer["errors"]["cart_items"]["0"]) == {"product_id", "quantity"}
    assert set(answer["errors"]["cart_items"]["1"]) == {"product_id", "quantity"}


def test_the_answer_does_not_grow_with_the_number_of_unknown_fields(client: APIClient) -> None:
    """P6."""
    body = {f"field{n}": n for n in range(20_000)}
    answer = client.post(CART_URLS[0], body, format="json")
    refusal(answer, 400, "invalid")
    assert len(answer.content) < 5000


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *(("/auth/register/", field) for field in ("email", "password", "name", "role")),
        *(("/auth/register/", field) for field in ("is_staff", "is_active", "id")),
        *(("/auth/token/", field) for field in ("email", "password", "role", "name")),
    ],
)
def test_odd_values_of_an_account_are_refused_by_name(path: str, field: str) -> None:
    """F02, F03: nobody gives himself a role."""
    good = {"email": "anna@example.com", "password": "a fine long phrase"}
    if path == "/auth/register/":
        good["name"] = "Anna"
    values: tuple[Any, ...] = (None, True, 5, [], {}, "x" * 5000, "a\x07b")
    before = rows()
    for value in values:
        answer = APIClient().post(path, {**good, field: value}, format="json")
        assert answer.status_code in (400, 401), (short(value), answer.content)
        if answer.status_code == 400:
            body = refusal(answer, 400, "invalid")
            assert body["message"].startswith(field), (short(value), body["message"])
    assert rows() == before
