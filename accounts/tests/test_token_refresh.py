"""POST /auth/token/refresh/"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.tests.conftest import Api


def refresh(api: Api, token: Any) -> Any:
    return api.send("/auth/token/refresh/", {"refresh": token})


def test_a_refresh_token_is_exchanged_for_a_new_pair(api: Api, alice: User) -> None:
    old = api.log_in(alice)
    response = refresh(api, old["refresh"])
    assert response.status_code == 200
    new = response.json()["data"]
    assert set(new) == {"access", "refresh"}
    assert new["refresh"] != old["refresh"]
    assert response["Cache-Control"] == "no-store, private"
    assert api.send("/auth/me/", token=new["access"]).status_code == 200
    assert refresh(api, new["refresh"]).status_code == 200


def test_a_refresh_token_is_good_for_one_use(api: Api, alice: User) -> None:
    old = api.log_in(alice)["refresh"]
    refresh(api, old)
    response = refresh(api, old)
    assert response.status_code == 401
    assert response.json()["code"] == "token_not_valid"


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_one_succeeds(alice: User) -> None:
    token = Api().log_in(alice)["refresh"]

    def use(_: int) -> int:
        try:
            return int(refresh(Api(), token).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(use, range(8)))
    assert sorted(statuses) == [200] + [401] * 7


def test_a_refresh_token_ends_after_two_weeks(api: Api, alice: User) -> None:
    token = api.log_in(alice)["refresh"]
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert refresh(api, token).status_code == 200
    token = api.log_in(alice)["refresh"]
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert refresh(api, token).status_code == 401


def test_the_database_does_not_hold_the_new_token_either(api: Api, alice: User) -> None:
    refresh(api, api.log_in(alice)["refresh"])
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}


def test_an_access_token_is_no_refresh_token(api: Api, alice: User) -> None:
    assert refresh(api, api.log_in(alice)["access"]).status_code == 401


@pytest.mark.parametrize("odd", ["", None, 5, True, [], {}, "x" * 5000, "a\nb"])
def test_odd_input_is_a_400(api: Api, db: None, odd: Any) -> None:
    response = refresh(api, odd)
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"refresh"}


@pytest.mark.parametrize("garbage", ["x", "..", "a.b.c", "ä.ö.ü"])
def test_garbage_is_a_401(api: Api, db: None, garbage: str) -> None:
    assert refresh(api, garbage).status_code == 401
