"""/payments/gateways/"""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Role
from accounts.tests.factories import make_user
from payments.models import PaymentGateway
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway

URL = "/payments/gateways/"
SECRETS = {
    "public_key": "pk_test_canary",
    "secret_key": "sk_test_canary",
    "webhook_secret": "whsec_canary",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> APIClient:
    return api_client(make_user(role=Role.ADMIN))


def test_an_administrator_adds_a_gateway_whose_credentials_never_come_back(
    admin: APIClient,
) -> None:
    given = {"name": "Stripe", "gateway_type": "STRIPE", **SECRETS}
    answer = admin.post(URL, given, format="json")
    row = PaymentGateway.objects.get()
    assert data(answer, 201) == {
        "id": str(row.pk),
        "name": "Stripe",
        "gateway_type": "STRIPE",
        "is_active": True,
        "is_test_mode": True,
        "has_secret_key": True,
        "has_webhook_secret": True,
    }
    assert (row.public_key, row.secret_key, row.webhook_secret) == tuple(SECRETS.values())
    for read in (answer, admin.get(URL), admin.get(f"{URL}{row.pk}/")):
        assert "canary" not in read.content.decode()


def test_credentials_are_encrypted_in_the_database() -> None:
    """P5."""
    make_gateway(**SECRETS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT paymentgateway::text FROM payments_paymentgateway paymentgateway")
        assert "canary" not in cursor.fetchone()[0]


def test_gateways_are_listed_in_pages(admin: APIClient) -> None:
    gateway = make_gateway()
    body = admin.get(URL).json()
    assert [row["id"] for row in body["data"]] == [str(gateway.pk)]
    assert body["pagination"]["count"] == 1
    assert body["data"][0]["has_secret_key"] is False


def test_a_change_leaves_everything_else_as_it_is(admin: APIClient) -> None:
    gateway = make_gateway(**SECRETS)
    shown = data(admin.patch(f"{URL}{gateway.pk}/", {"name": "Renamed"}, format="json"))
    gateway.refresh_from_db()
    assert (shown["name"], gateway.name) == ("Renamed", "Renamed")
    assert gateway.secret_key == "sk_test_canary"
    data(admin.patch(f"{URL}{gateway.pk}/", {"secret_key": ""}, format="json"))
    gateway.refresh_from_db()
    assert (gateway.secret_key, gateway.webhook_secret) == ("", "whsec_canary")


def test_only_one_gateway_of_a_type_is_active(admin: APIClient) -> None:
    make_gateway()
    given = {"name": "Second", "gateway_type": "STRIPE"}
    before = rows()
    refusal(admin.post(URL, given, format="json"), 409, "gateway_already_active")
    assert rows() == before
    second = data(admin.post(URL, {**given, "is_active": False}, format="json"), 201)
    answer = admin.patch(f"{URL}{second['id']}/", {"is_active": True}, format="json")
    refusal(answer, 409, "gateway_already_active")


@pytest.mark.parametrize(
    ("key", "is_test_mode"), [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False)]
)
def test_a_key_of_the_other_mode_is_refused(admin: APIClient, key: str, is_test_mode: bool) -> None:
    """I24, G03: at once, and when the mode is turned round later."""
    given = {"name": "Stripe", "gateway_type": "STRIPE", "secret_key": key}
    answer = admin.post(URL, {**given, "is_test_mode": is_test_mode}, format="json")
    assert list(refusal(answer, 400, "invalid")["errors"]) == ["secret_key"]
    row = data(admin.post(URL, {**given, "is_test_mode": not is_test_mode}, format="json"), 201)
    answer = admin.patch(f"{URL}{row['id']}/", {"is_test_mode": is_test_mode}, format="json")
    assert key not in answer.content.decode()
    refusal(answer, 400, "invalid")


BAD: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", None),
    ("name", 5),
    ("name", "x" * 101),
    ("name", "bell\x07"),
    ("name", "two\nlines"),
    ("name", "\u202egpj.exe"),
    ("name", ["Stripe"]),
    ("gateway_type", "PAYPAL"),
    ("gateway_type", "stripe"),
    ("gateway_type", None),
    ("gateway_type", {"a": 1}),
    ("is_active", "yes"),
    ("is_active", 1),
    ("is_active", None),
    ("is_test_mode", "false"),
    ("is_test_mode", []),
    ("secret_key", 5),
    ("secret_key", None),
    ("secret_key", "sk_test_\nInjected: header"),
    ("secret_key", "x" * 1001),
    ("webhook_secret", {"a": 1}),
    ("public_key", True),
    ("id", "00000000-0000-0000-0000-000000000000"),
    ("has_secret_key", True),
    ("created_at", "2026-01-01T00:00:00Z"),
    ("payments", []),
    ("is_staff", True),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=repr)
def test_bad_values_and_unknown_fields_are_refused_by_name(
    admin: APIClient, field: str, value: Any
) -> None:
    """F02, F03: in a new gateway and in a change; nothing is written."""
    gateway = make_gateway(is_active=False, **SECRETS)
    before = PaymentGateway.objects.values().get()
    given = {"name": "Stripe", "gateway_type": "STRIPE", field: value}
    for answer in (
        admin.post(URL, given, format="json"),
        admin.patch(f"{URL}{gateway.pk}/", {field: value}, format="json"),
    ):
        body = refusal(answer, 400, "invalid")
        assert list(body["errors"]) == [field]
        assert body["message"].startswith(f"{field}:")
    assert PaymentGateway.objects.values().get() == before


@pytest.mark.parametrize("role", [None, Role.CUSTOMER, Role.STAFF])
def test_others_have_no_business_here(role: Role | None) -> None:
    gateway = make_gateway()
    client = api_client(make_user(role=role) if role else None)
    one = f"{URL}{gateway.pk}/"
    code = "not_permitted" if role else "not_authenticated"
    for answer in (
        client.get(URL),
        client.get(one),
        client.post(URL, {}, format="json"),
        client.patch(one, {"is_active": False}, format="json"),
    ):
        refusal(answer, 403 if role else 401, code)
    gateway.refresh_from_db()
    assert gateway.is_active


def test_a_gateway_is_never_deleted(admin: APIClient) -> None:
    refusal(admin.delete(f"{URL}{make_gateway().pk}/"), 405, "method_not_allowed")


@pytest.mark.parametrize("name", ["1", "x" * 500, str(UUID(int=7))])
def test_an_unknown_gateway_is_not_found(admin: APIClient, name: str) -> None:
    refusal(admin.get(f"{URL}{name}/"), 404, "not_found")
    refusal(admin.patch(f"{URL}{name}/", {"name": "x"}, format="json"), 404, "not_found")


def test_a_change_is_logged_without_values(
    admin: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    """G05, P2."""
    gateway = make_gateway()
    with caplog.at_level("INFO"):
        admin.patch(f"{URL}{gateway.pk}/", {"secret_key": "sk_test_canary"}, format="json")
    lines = [record.getMessage() for record in caplog.records]
    (line,) = [line for line in lines if "gateway_changed" in line]
    assert "secret_key" in line
    assert "canary" not in caplog.text
