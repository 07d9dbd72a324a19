"""POST /auth/token/: logging in, and what does not work."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.services import (
    LOGINS_PER_ACCOUNT,
    LOGINS_PER_ACCOUNT_AND_PEER,
    LOGINS_PER_PEER,
)
from accounts.tests.conftest import PASSWORD, Api
from accounts.tests.factories import make_user


def attempt(api: Api, email: Any, password: Any, **headers: str) -> Any:
    return api.send("/auth/token/", {"email": email, "password": password}, **headers)


def test_a_password_is_exchanged_for_two_tokens(api: Api, alice: User) -> None:
    response = attempt(api, alice.email, PASSWORD)
    assert response.status_code == 200
    body = response.json()
    assert body["success"] is True
    assert set(body["data"]) == {"access", "refresh"}
    assert response["Cache-Control"] == "no-store, private"
    assert api.send("/auth/me/", token=body["data"]["access"]).status_code == 200


def test_the_address_may_be_written_in_capitals(api: Api, alice: User) -> None:
    assert attempt(api, "  ALICE@Example.com ", PASSWORD).status_code == 200


def test_an_old_token_in_the_header_does_not_get_in_the_way(api: Api, alice: User) -> None:
    assert attempt(api, alice.email, PASSWORD, authorization="Bearer x").status_code == 200


def test_the_database_does_not_hold_the_token(api: Api, alice: User) -> None:
    api.log_in(alice)
    assert OutstandingToken.objects.get().token == ""


def test_unknown_wrong_and_inactive_are_answered_alike(api: Api, alice: User) -> None:
    make_user("inactive@example.com", password=PASSWORD, is_active=False)
    make_user("nopassword@example.com")
    answers = [
        attempt(api, "nobody@example.com", PASSWORD),
        attempt(api, alice.email, "wrong password"),
        attempt(api, "inactive@example.com", PASSWORD),
        attempt(api, "nopassword@example.com", PASSWORD),
    ]
    bodies = [answer.json() | {"request_id": ""} for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert bodies.count(bodies[0]) == 4
    assert bodies[0]["code"] == "invalid_credentials"
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Bearer realm="api"'}


def test_unknown_wrong_and_inactive_take_the_same_time(
    api: Api, hash_rounds: list[int], alice: User
) -> None:
    """F06. A hash that is skipped would stand out by the 200 ms that it takes."""
    make_user("inactive@example.com", password=PASSWORD, is_active=False)
    make_user("nopassword@example.com")
    spent: dict[str, list[int]] = {}
    for name in ("alice", "inactive", "nopassword", "unknown"):
        hash_rounds.clear()
        assert attempt(api, f"{name}@example.com", "wrong password").status_code == 401
        spent[name] = list(hash_rounds)
    assert sum(spent["alice"]) > 500_000
    assert list(spent.values()) == [spent["alice"]] * 4, spent


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"email": "alice@example.com"},
        {"password": "x"},
        {"email": "alice@example.com", "password": "x", "role": "ADMIN"},
        {"email": 5, "password": "x"},
        {"email": True, "password": "x"},
        {"email": ["alice@example.com"], "password": "x"},
        {"email": "alice@example.com", "password": 12345678},
        {"email": "alice@example.com", "password": None},
        {"email": "alice@example.com", "password": "x" * 129},
        {"email": "alice@example.com", "password": {"$ne": ""}},
        {"email": "x" * 300, "password": "x"},
        {"email": "a\nb@example.com", "password": "x"},
        {"email": "", "password": ""},
    ],
)
def test_odd_input_is_a_400(api: Api, db: None, odd: dict[str, Any]) -> None:
    response = api.send("/auth/token/", odd)
    assert response.status_code == 400
    assert response.json()["errors"]


def test_after_ten_failures_even_the_right_password_has_to_wait(api: Api, alice: User) -> None:
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER):
        assert attempt(api, alice.email, "wrong password").status_code == 401
    response = attempt(api, alice.email, PASSWORD)
    assert response.status_code == 429
    assert response.json()["code"] == "too_many_requests"
    assert 800 < int(response["Retry-After"]) <= 900


def test_a_stranger_who_fails_locks_out_himself_and_not_the_owner(
    api: Api, alice: User, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    stranger, owner = ({"x-forwarded-for": peer} for peer in ("203.0.113.7", "203.0.113.8"))
    for _ in range(LOGINS_PER_ACCOUNT * 2):
        attempt(api, alice.email, "wrong password", **stranger)
    assert attempt(api, alice.email, PASSWORD, **stranger).status_code == 429
    assert attempt(api, alice.email, PASSWORD, **owner).status_code == 200


def test_guesses_from_many_peers_are_limited_as_well(api: Api, alice: User, settings: Any) -> None:
    """F07: per account, whoever asks."""
    settings.TRUSTED_PROXIES = 1
    statuses = [
        attempt(
            api, alice.email, "wrong password", **{"x-forwarded-for": f"203.0.113.{n // 10}"}
        ).status_code
        for n in range(LOGINS_PER_ACCOUNT + 1)
    ]
    assert statuses == [401] * LOGINS_PER_ACCOUNT + [429]
    fresh = {"x-forwarded-for": "198.51.100.1"}
    assert attempt(api, alice.email, PASSWORD, **fresh).status_code == 429


def test_of_five_hundred_guesses_under_invented_addresses_ten_are_looked_at(
    api: Api, alice: User
) -> None:
    """F07: the header is the client's unless a proxy of ours is declared."""
    statuses = [
        attempt(
            api, alice.email, f"guess {n}", **{"x-forwarded-for": f"198.51.{n // 250}.{n % 250}"}
        ).status_code
        for n in range(500)
    ]
    assert statuses == [401] * LOGINS_PER_ACCOUNT_AND_PEER + [429] * 490


def test_unknown_accounts_are_limited_alike(api: Api, db: None) -> None:
    statuses = [attempt(api, "nobody@example.com", "x").status_code for _ in range(12)]
    assert statuses == [401] * LOGINS_PER_ACCOUNT_AND_PEER + [429] * 2


def test_successful_logins_are_not_counted(api: Api, alice: User) -> None:
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER * 2):
        assert attempt(api, alice.email, PASSWORD).status_code == 200


def test_a_peer_that_tries_many_accounts_is_stopped(api: Api, alice: User) -> None:
    statuses = [
        attempt(api, f"user{n}@example.com", "x").status_code for n in range(LOGINS_PER_PEER + 1)
    ]
    assert statuses == [401] * LOGINS_PER_PEER + [429]
    assert attempt(api, alice.email, PASSWORD).status_code == 429


def test_inventing_a_forwarding_header_does_not_help(api: Api, alice: User) -> None:
    """F07: the header is the client's unless a proxy of ours is declared."""
    statuses = [
        attempt(
            api, f"user{n}@example.com", "x", **{"x-forwarded-for": f"203.0.113.{n}"}
        ).status_code
        for n in range(LOGINS_PER_PEER + 1)
    ]
    assert statuses[-1] == 429


def test_behind_a_proxy_each_client_counts_for_itself(api: Api, alice: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for n in range(LOGINS_PER_PEER + 1):
        attempt(api, f"user{n}@example.com", "x", **{"x-forwarded-for": f"10.9.9.{n}, 203.0.113.7"})
    other = {"x-forwarded-for": "203.0.113.7, 203.0.113.8"}
    assert attempt(api, alice.email, PASSWORD, **other).status_code == 200
    same = {"x-forwarded-for": "203.0.113.8, 203.0.113.7"}
    assert attempt(api, alice.email, PASSWORD, **same).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_fifty_parallel_guesses_only_ten_are_looked_at(alice: User) -> None:
    """F07: also the right password is among them, and that must not help."""

    def guess(n: int) -> int:
        try:
            headers = {"x-forwarded-for": f"198.51.100.{n}"}
            return int(attempt(Api(), "alice@example.com", f"guess {n}", **headers).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(guess, range(50)))
    assert statuses.count(401) == LOGINS_PER_ACCOUNT_AND_PEER
    assert statuses.count(429) == 40


def test_the_limit_holds_without_redis(
    api: Api, alice: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock"}
    }
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER):
        assert attempt(api, alice.email, "wrong password").status_code == 401
    assert attempt(api, alice.email, PASSWORD).status_code == 429
