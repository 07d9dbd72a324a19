"""The admin: administrators manage people, staff look, customers stay out."""

import pytest
from django.test import Client

from accounts.models import Role, User
from accounts.tests.factories import make_user

LIST = "/admin/accounts/user/"


@pytest.fixture
def admin(client: Client, db: None) -> User:
    user = make_user("root@example.com", role=Role.ADMIN, password="a fine long phrase")
    client.force_login(user)
    return user


def test_people_are_listed_searched_and_filtered(client: Client, admin: User) -> None:
    make_user("anna@example.com", name="Anna Canary")
    page = client.get(f"{LIST}?q=canary&role__exact=CUSTOMER&is_active__exact=1")
    assert page.status_code == 200
    assert b"anna@example.com" in page.content
    assert b'value="root@example.com"' not in page.content


def test_an_administrator_adds_staff(client: Client, admin: User) -> None:
    assert client.get(f"{LIST}add/").status_code == 200
    response = client.post(
        f"{LIST}add/",
        {
            "email": "Staff@Example.com",
            "name": "Sam",
            "role": "STAFF",
            "usable_password": "true",
            "password1": "a fine long phrase",
            "password2": "a fine long phrase",
        },
    )
    assert response.status_code == 302, response.content.decode()
    user = User.objects.get(email="staff@example.com")
    assert (user.role, user.check_password("a fine long phrase")) == ("STAFF", True)


def test_an_administrator_changes_role_and_activity(client: Client, admin: User) -> None:
    user = make_user("anna@example.com")
    path = f"{LIST}{user.pk}/change/"
    page = client.get(path)
    assert page.status_code == 200
    assert user.password.encode() not in page.content
    response = client.post(path, {"email": "anna@example.com", "name": "A", "role": "STAFF"})
    assert response.status_code == 302, response.content.decode()
    user.refresh_from_db()
    assert (user.role, user.is_active) == ("STAFF", False)


def test_an_administrator_sets_a_new_password(client: Client, admin: User) -> None:
    user = make_user("anna@example.com")
    path = f"{LIST}{user.pk}/password/"
    assert client.get(path).status_code == 200
    fields = {
        "usable_password": "true",
        "password1": "another phrase",
        "password2": "another phrase",
    }
    assert client.post(path, fields).status_code == 302
    user.refresh_from_db()
    assert user.check_password("another phrase")


def test_administrators_change_their_own_password(client: Client, admin: User) -> None:
    assert client.get("/admin/password_change/").status_code == 200


def test_two_accounts_cannot_share_an_address(client: Client, admin: User) -> None:
    user = make_user("anna@example.com")
    response = client.post(
        f"{LIST}{user.pk}/change/",
        {"email": "ROOT@example.com", "name": "A", "role": "STAFF", "is_active": "on"},
    )
    assert response.status_code == 200
    assert b"already exists" in response.content


def test_nobody_is_deleted(client: Client, admin: User) -> None:
    user = make_user("anna@example.com")
    assert client.get(f"{LIST}{user.pk}/delete/").status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [str(user.pk)]})
    assert User.objects.filter(pk=user.pk).exists()


def test_staff_look_but_do_not_touch(client: Client, db: None) -> None:
    client.force_login(make_user(role=Role.STAFF))
    user = make_user("anna@example.com")
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}{user.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{user.pk}/change/", {"role": "ADMIN"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{user.pk}/password/").status_code == 403


@pytest.mark.parametrize("path", ["/admin/", LIST])
def test_customers_stay_out(client: Client, db: None, path: str) -> None:
    client.force_login(make_user())
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
