"""The model: addresses, roles and permissions."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import IsAdmin
from accounts.tests.factories import make_user


@pytest.mark.django_db
def test_an_address_is_stored_in_lower_case_and_once() -> None:
    user = User.objects.create_user(" Anna@Example.COM ", "x")
    assert user.email == "anna@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("ANNA@example.com")


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"email": "Anna@example.com"}, {"role": "OWNER"}])
def test_the_database_refuses_what_our_code_would_not_write(change: dict[str, Any]) -> None:
    user = make_user("anna@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(**change)


@pytest.mark.django_db
def test_a_superuser_is_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a fine long phrase")
    call_command("createsuperuser", email="Root@example.com", interactive=False, verbosity=0)
    user = User.objects.get()
    assert (user.email, user.role, user.is_staff) == ("root@example.com", "ADMIN", True)
    assert user.check_password("a fine long phrase")


@pytest.mark.django_db
def test_without_a_password_nobody_can_log_in() -> None:
    assert not make_user().has_usable_password()


@pytest.mark.parametrize(
    ("permission", "customer", "staff", "admin"),
    [
        ("catalog.change_product", False, True, True),
        ("catalog.delete_pricetier", False, True, True),
        ("payments.view_rentalorder", False, True, True),
        ("payments.change_rentalorder", False, True, True),
        ("payments.view_paymentgateway", False, True, True),
        ("payments.add_paymentgateway", False, False, True),
        ("payments.change_paymentgateway", False, False, True),
        ("payments.delete_paymentgateway", False, False, True),
        ("accounts.view_user", False, True, True),
        ("accounts.add_user", False, False, True),
        ("accounts.change_user", False, False, True),
        ("accounts.delete_user", False, False, True),
        ("token_blacklist.view_outstandingtoken", False, False, True),
        ("sessions.view_session", False, False, True),
        ("nonsense", False, False, True),
    ],
)
def test_permissions_go_by_role(permission: str, customer: bool, staff: bool, admin: bool) -> None:
    granted = [User(role=role).has_perm(permission) for role in Role.values]
    assert granted == [customer, staff, admin]
    for role in Role.values:
        assert not User(role=role, is_active=False).has_perm(permission)


def test_the_admin_shows_each_role_its_apps() -> None:
    apps = ("accounts", "catalog", "payments", "procrastinate")
    shown = {role: [User(role=role).has_module_perms(app) for app in apps] for role in Role.values}
    assert shown == {
        "CUSTOMER": [False] * 4,
        "STAFF": [True, True, True, False],
        "ADMIN": [True] * 4,
    }
    assert not User(role=Role.ADMIN, is_active=False).has_module_perms("catalog")


def test_who_gave_no_name_goes_by_the_address() -> None:
    assert User(email="a@example.com").get_full_name() == "a@example.com"
    assert User(email="a@example.com", name="Anna").get_short_name() == "Anna"


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        (AnonymousUser(), False),
        (User(role=Role.CUSTOMER), False),
        (User(role=Role.STAFF), False),
        (User(role=Role.ADMIN), True),
    ],
)
def test_what_is_for_administrators_goes_by_role(user: Any, allowed: bool) -> None:
    request = Request(APIRequestFactory().get("/"))
    request.user = user
    assert IsAdmin().has_permission(request, APIView()) is allowed
