"""/login/ and /logout/: a session for browsers, with CSRF and the same limits as the API."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from accounts.services import LOGINS_PER_ACCOUNT_AND_PEER
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user


def post(client: Client, password: str, path: str = "/login/", **fields: str) -> Any:
    return client.post(path, {"username": "alice@example.com", "password": password, **fields})


def test_one_can_log_in_and_out(client: Client, alice: User) -> None:
    response = post(client, PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/auth/me/").json()["data"]["email"] == alice.email
    assert client.post("/logout/").status_code == 302
    assert client.get("/auth/me/").status_code == 401


def test_the_page_has_labels_and_a_csrf_token(client: Client, db: None) -> None:
    page = client.get("/login/").content.decode()
    assert "csrfmiddlewaretoken" in page
    for field in re.findall(r'<input type="(?:email|password)"[^>]*id="([^"]+)"', page):
        assert f'<label for="{field}"' in page


def test_a_wrong_password_is_told_and_the_address_kept(client: Client, alice: User) -> None:
    response = post(client, "wrong")
    assert response.status_code == 200
    page = response.content.decode()
    assert 'role="alert"' in page
    assert 'value="alice@example.com"' in page
    assert "wrong" not in re.sub(r"<[^>]*>", "", page)
    assert client.get("/auth/me/").status_code == 401


def test_without_a_csrf_token_nothing_happens(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, PASSWORD).status_code == 403
    assert client.get("/auth/me/").status_code == 401


def test_the_api_with_a_session_wants_a_csrf_token_too(alice: User) -> None:
    """F10: a foreign page can make a browser send the cookie, but not this token. Logging in with
    a password needs none, and nothing else here writes; the check is REST framework's own."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/auth/me/", "{}", content_type="application/json")
    assert response.status_code == 403
    assert response.json()["code"] == "not_permitted"


def test_logging_out_needs_a_post(client: Client, alice: User) -> None:
    post(client, PASSWORD)
    assert client.get("/logout/").status_code == 405
    assert client.get("/auth/me/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_it_leads_nowhere_else(client: Client, alice: User, target: str) -> None:
    assert post(client, PASSWORD, next=target)["Location"] == "/"


def test_it_leads_back_to_where_one_came_from(client: Client, alice: User) -> None:
    assert post(client, PASSWORD, next="/orders/")["Location"] == "/orders/"


def test_whoever_is_logged_in_needs_no_login(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/login/").status_code == 302


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_after_ten_failures_one_has_to_wait(client: Client, alice: User, path: str) -> None:
    User.objects.update(role=Role.ADMIN)
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER):
        assert post(client, "wrong", path).status_code == 200
    response = post(client, PASSWORD, path)
    assert b"Too many attempts" in response.content
    assert client.get("/auth/me/").status_code == 401


def test_the_page_says_so_by_its_status(client: Client, alice: User) -> None:
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER):
        post(client, "wrong")
    response = post(client, PASSWORD)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 800


def test_the_api_and_the_pages_count_together(client: Client, alice: User) -> None:
    for _ in range(LOGINS_PER_ACCOUNT_AND_PEER):
        post(client, "wrong")
    credentials = {"email": alice.email, "password": PASSWORD}
    response = client.post("/auth/token/", credentials, content_type="application/json")
    assert response.status_code == 429


def test_a_deactivated_user_s_session_ends_at_once(client: Client, alice: User) -> None:
    post(client, PASSWORD)
    User.objects.update(is_active=False)
    assert client.get("/auth/me/").status_code == 401


def test_a_changed_password_ends_the_session(client: Client, alice: User) -> None:
    post(client, PASSWORD)
    alice.set_password("another password")
    alice.save()
    assert client.get("/auth/me/").status_code == 401


@pytest.mark.parametrize("odd", ["\0", "x" * 10_000, "a\nb", "' OR 1=1 --", "é@example.com"])
def test_odd_input_is_refused_politely(client: Client, db: None, odd: str) -> None:
    response = client.post("/login/", {"username": odd, "password": odd})
    assert response.status_code == 200


def test_an_inactive_user_is_answered_like_a_stranger(client: Client, alice: User) -> None:
    make_user("off@example.com", password=PASSWORD, is_active=False)
    pages = []
    for email in ("off@example.com", "who@example.com"):
        response = client.post("/login/", {"username": email, "password": PASSWORD})
        text = response.content.decode().replace(email, "")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text))
    assert pages[0] == pages[1]
