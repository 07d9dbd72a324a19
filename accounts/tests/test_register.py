"""POST /auth/register/: opening an account, and F06: not learning who has one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from accounts.services import REGISTRATIONS_PER_ADDRESS, REGISTRATIONS_PER_PEER
from accounts.tasks import send_registration_mail
from accounts.tests.conftest import PASSWORD, Api

ANNA = {"email": "anna@example.com", "password": "a fine long phrase", "name": "Anna"}


def register(api: Api, **changes: Any) -> Any:
    return api.send("/auth/register/", ANNA | changes)


def jobs() -> list[dict[str, Any]]:
    return [job.args for job in ProcrastinateJob.objects.order_by("id")]


def test_an_account_is_opened_and_one_can_log_in(api: Api, db: None) -> None:
    response = register(api, email="Anna@Example.com")
    assert response.status_code == 201
    assert response.json()["data"] == {
        "email": "anna@example.com",
        "name": "Anna",
        "role": "CUSTOMER",
    }
    user = User.objects.get()
    assert (user.email, user.name, user.role) == ("anna@example.com", "Anna", "CUSTOMER")
    assert api.log_in(user, ANNA["password"])
    assert jobs() == [{"user_id": str(user.pk), "is_new": True}]


def test_a_known_address_is_answered_like_a_new_one(api: Api, alice: User) -> None:
    known = register(api, email="ALICE@example.com", name="Mallory")
    new = register(api, name="Mallory")
    assert known.status_code == new.status_code == 201
    known_body, new_body = known.json(), new.json()
    assert known_body["data"].pop("email") == "alice@example.com"
    assert new_body["data"].pop("email") == "anna@example.com"
    assert known_body == new_body
    assert set(known.headers) == set(new.headers)


def test_a_known_account_stays_as_it_is_and_its_owner_is_told(api: Api, alice: User) -> None:
    register(api, email=alice.email, name="Mallory")
    assert User.objects.get().name == "Alice"
    assert api.log_in(alice, PASSWORD)
    assert jobs() == [{"user_id": str(alice.pk), "is_new": False}]


def test_a_known_address_takes_as_long_as_a_new_one(
    api: Api, hash_rounds: list[int], alice: User
) -> None:
    hash_rounds.clear()
    for email in (alice.email, "new@example.com"):
        assert register(api, email=email).status_code == 201
    known, new = hash_rounds  # one hash for each
    assert known == new > 500_000


@pytest.mark.django_db(transaction=True)
def test_of_parallel_registrations_one_opens_the_account() -> None:
    def try_once(n: int) -> int:
        try:
            return int(register(Api(), name=f"Anna {n}").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(try_once, range(5))) == [201] * 5
    assert User.objects.count() == 1
    assert sorted(job["is_new"] for job in jobs()) == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "x" * 250 + "@example.com"}, "email"),
        ({"email": "änna@example.com"}, "email"),
        ({"email": "anna@exämple.com"}, "email"),
        ({"email": "anna@ex\u0130mple.com"}, "email"),
        ({"email": '"\x01"@example.com'}, "email"),
        ({"email": "anna@example.com\r\nBcc: x@example.com"}, "email"),
        ({"email": 5}, "email"),
        ({"email": True}, "email"),
        ({"email": None}, "email"),
        ({"email": ["anna@example.com"]}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "73519204685"}, "password"),
        ({"password": "anna@example.com"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": 7351920468512}, "password"),
        ({"password": None}, "password"),
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 5}, "name"),
        ({"name": {"a": 1}}, "name"),
        ({"role": "ADMIN"}, "role"),
        ({"is_staff": True}, "is_staff"),
        ({"is_active": False}, "is_active"),
        ({"id": "00000000-0000-0000-0000-000000000000"}, "id"),
    ],
)
def test_what_is_not_right_is_a_400_that_names_the_field(
    api: Api, db: None, changes: dict[str, Any], field: str
) -> None:
    response = register(api, **changes)
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {field}
    assert response.json()["message"].startswith(f"{field}: ")
    assert not User.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize("missing", ["email", "password", "name"])
def test_every_field_is_required(api: Api, db: None, missing: str) -> None:
    response = api.send("/auth/register/", {k: v for k, v in ANNA.items() if k != missing})
    assert response.json()["errors"] == {missing: ["This field is required."]}


def test_a_peer_cannot_open_accounts_without_end(api: Api, db: None) -> None:
    statuses = [
        register(api, email=f"a{n}@example.com").status_code
        for n in range(REGISTRATIONS_PER_PEER + 1)
    ]
    assert statuses == [201] * REGISTRATIONS_PER_PEER + [429]


def test_an_address_cannot_be_flooded_with_mail(api: Api, alice: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    statuses = [
        api.send(
            "/auth/register/",
            ANNA | {"email": alice.email},
            **{"x-forwarded-for": f"203.0.113.{n}"},
        ).status_code
        for n in range(REGISTRATIONS_PER_ADDRESS + 1)
    ]
    assert statuses == [201] * REGISTRATIONS_PER_ADDRESS + [429]


def test_a_new_customer_is_welcomed(alice: User) -> None:
    send_registration_mail(str(alice.pk), is_new=True)
    (message,) = mail.outbox
    assert message.to == [alice.email]
    assert message.subject.startswith("Welcome to ")
    assert "Hello Alice," in message.body
    assert "/login/" in message.body


def test_the_owner_of_a_known_address_is_told(alice: User) -> None:
    send_registration_mail(str(alice.pk), is_new=False)
    (message,) = mail.outbox
    assert message.to == [alice.email]
    assert "nothing about it has changed" in message.body


def test_nobody_is_told_of_an_account_that_is_gone(db: None) -> None:
    send_registration_mail("00000000-0000-0000-0000-000000000000", is_new=True)
    assert mail.outbox == []
