"""GET /auth/me/"""

from accounts.models import User
from accounts.tests.conftest import Api


def test_it_says_who_is_logged_in(api: Api, alice: User) -> None:
    response = api.send("/auth/me/", token=api.log_in(alice)["access"])
    data = response.json()["data"]
    assert data.pop("date_joined").endswith("Z")
    assert data == {
        "id": str(alice.pk),
        "email": "alice@example.com",
        "name": "Alice",
        "role": "CUSTOMER",
    }
    assert response["Cache-Control"] == "no-store, private"


def test_it_works_with_a_session_too(api: Api, alice: User) -> None:
    api.force_login(alice)
    assert api.send("/auth/me/").json()["data"]["email"] == alice.email


def test_nobody_is_a_401(api: Api, db: None) -> None:
    response = api.send("/auth/me/")
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_it_takes_one_query(api: Api, alice: User, django_assert_num_queries: object) -> None:
    token = api.log_in(alice)["access"]
    with django_assert_num_queries(1):  # type: ignore[operator]
        api.send("/auth/me/", token=token)
