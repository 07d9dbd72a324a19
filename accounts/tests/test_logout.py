"""POST /auth/logout/"""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.conftest import Api
from accounts.tests.factories import make_user


def test_the_refresh_token_is_good_no_more(api: Api, alice: User) -> None:
    tokens = api.log_in(alice)
    response = api.send("/auth/logout/", {"refresh": tokens["refresh"]})
    assert response.status_code == 200
    assert response.json() == {"success": True, "message": "Logged out successfully", "data": None}
    refreshed = api.send("/auth/token/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_other_logins_of_the_same_user_stay(api: Api, alice: User) -> None:
    phone, laptop = api.log_in(alice), api.log_in(alice)
    api.send("/auth/logout/", {"refresh": phone["refresh"]})
    refreshed = api.send("/auth/token/refresh/", {"refresh": laptop["refresh"]})
    assert refreshed.status_code == 200


def test_a_second_logout_is_a_401(api: Api, alice: User) -> None:
    tokens = api.log_in(alice)
    api.send("/auth/logout/", {"refresh": tokens["refresh"]})
    assert api.send("/auth/logout/", {"refresh": tokens["refresh"]}).status_code == 401


@pytest.mark.parametrize("odd", [None, "", 5, ["x"]])
def test_odd_input_is_a_400(api: Api, db: None, odd: Any) -> None:
    assert api.send("/auth/logout/", {"refresh": odd}).status_code == 400


def test_an_access_token_logs_nobody_out(api: Api, db: None) -> None:
    user = make_user(password="correct horse battery")
    tokens = api.log_in(user)
    assert api.send("/auth/logout/", {"refresh": tokens["access"]}).status_code == 401
    assert api.send("/auth/me/", token=tokens["access"]).status_code == 200
