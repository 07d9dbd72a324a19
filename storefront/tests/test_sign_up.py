"""/register/ : open an account."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import REGISTRATIONS_PER_PEER
from accounts.tests.factories import make_user
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def sign_up(client: Client, **changes: str) -> Any:
    fields = {"name": "Carol", "email": "carol@example.com", "password": PASSWORD, **changes}
    return client.post("/register/", fields, follow=True)


def test_one_can_open_an_account_and_sign_in(client: Client) -> None:
    response = sign_up(client, email="Carol@Example.com")
    assert "Thank you. You can sign in now" in words(response)
    client.post("/login/", {"username": "carol@example.com", "password": PASSWORD})
    assert "Sign out" in client.get("/").content.decode()
    assert User.objects.get(email="carol@example.com").role == "CUSTOMER"


def test_a_known_address_gets_the_same_answer_and_keeps_its_password(client: Client) -> None:
    """Matrix row F06."""
    make_user("carol@example.com", password="the first one")
    known = sign_up(client)
    new = sign_up(Client(), email="dave@example.com")
    assert (known.redirect_chain, words(known)) == (new.redirect_chain, words(new))
    assert User.objects.get(email="carol@example.com").check_password("the first one")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "carol"}, "Enter a valid email address."),
        ({"email": "carol@exämple.com"}, "plain ASCII"),
        ({"password": "12345678901"}, "entirely numeric"),
        ({"password": "short"}, "too short"),
        ({"password": "carol@example.com"}, "too similar"),
        ({"name": ""}, "This field is required."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_told_and_the_password_not_repeated(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    response = sign_up(client, **changes)
    assert sentence in words(response)
    assert PASSWORD.encode() not in response.content
    assert not User.objects.exists()


def test_a_role_cannot_be_asked_for(client: Client) -> None:
    """Matrix row F02."""
    sign_up(client, role="ADMIN", is_staff="on")
    assert User.objects.get(email="carol@example.com").role == "CUSTOMER"


def test_too_many_accounts_from_one_place_have_to_wait(client: Client) -> None:
    for number in range(REGISTRATIONS_PER_PEER):
        sign_up(client, email=f"carol{number}@example.com")
    response = sign_up(client)
    assert response.status_code == 429
    assert "Too many attempts" in words(response)


def test_whoever_is_signed_in_needs_no_account() -> None:
    assert signed_in(make_user()).get("/register/")["Location"] == "/"
