"""Payment gateways in the admin: credentials go in and never come out."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from payments.models import (
    PaymentGateway,
)
from payments.tests.api.admin_support import SECRETS, act, change, logged_in
from payments.tests.factories import make_gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def admin() -> Client:
    return logged_in(Role.ADMIN)


def gateway_form(**values: str) -> dict[str, str]:
    """What a browser sends for an unchanged gateway."""
    return {
        "name": "Stripe Payment Gateway",
        "gateway_type": "STRIPE",
        "is_active": "on",
        "is_test_mode": "on",
        "new_public_key": "",
        "new_secret_key": "",
        "new_webhook_secret": "",
        **values,
    }


def test_credentials_are_written_and_never_shown(admin: Client) -> None:
    """P2, P5: inputs are for passwords, empty, and mean no change when left empty."""
    gateway = make_gateway(**SECRETS)
    page = admin.get(change(gateway)).content.decode()
    assert page.count('type="password"') == 3
    assert "canary" not in page
    answer = admin.post(change(gateway), gateway_form(new_secret_key="sk_test_new"))
    assert answer.status_code == 302, answer.content.decode()
    gateway.refresh_from_db()
    assert (gateway.secret_key, gateway.webhook_secret) == ("sk_test_new", "whsec_canary")
    assert "sk_test_new" not in admin.get(change(gateway)).content.decode()
    assert "sk_test_new" not in json.dumps(list(LogEntry.objects.values()), default=str)
    assert "Secret key" in LogEntry.objects.get().change_message  # that it changed is remembered


def test_a_form_with_an_error_does_not_show_the_credentials_again(admin: Client) -> None:
    gateway = make_gateway()
    answer = admin.post(change(gateway), gateway_form(name="", new_secret_key="sk_test_canary"))
    assert answer.status_code == 200
    assert "canary" not in answer.content.decode()
    gateway.refresh_from_db()
    assert gateway.secret_key == ""


def test_a_gateway_is_added_in_the_admin(admin: Client) -> None:
    answer = admin.post(
        reverse("admin:payments_paymentgateway_add"), gateway_form(new_secret_key="sk_test_1")
    )
    assert answer.status_code == 302
    assert PaymentGateway.objects.get().secret_key == "sk_test_1"


def test_a_live_key_does_not_go_with_test_mode(admin: Client) -> None:
    """G03."""
    gateway = make_gateway()
    answer = admin.post(change(gateway), gateway_form(new_secret_key="sk_live_canary"))
    text = answer.content.decode()
    assert "This is a live key" in text
    assert "canary" not in text
    gateway.refresh_from_db()
    assert gateway.secret_key == ""


def test_two_gateways_of_a_type_cannot_be_active(admin: Client) -> None:
    make_gateway()
    second = make_gateway(name="Second", is_active=False)
    answer = admin.post(change(second), gateway_form(name="Second"))
    assert "Another gateway of this type is active" in answer.content.decode()
    second.refresh_from_db()
    assert not second.is_active


def test_staff_look_at_gateways_but_do_not_touch_them(staff: Client) -> None:
    gateway = make_gateway(**SECRETS)
    page = staff.get(change(gateway)).content.decode()
    assert "canary" not in page
    assert 'type="password"' not in page
    answer = staff.post(change(gateway), gateway_form(new_secret_key="sk_test_evil"))
    assert answer.status_code == 403
    assert staff.get(reverse("admin:payments_paymentgateway_add")).status_code == 403
    gateway.refresh_from_db()
    assert gateway.secret_key == "sk_test_canary"


def test_no_gateway_is_deleted(admin: Client) -> None:
    gateway = make_gateway()
    assert admin.get(change(gateway).replace("/change/", "/delete/")).status_code == 403
    act(admin, "delete_selected", gateway)
    assert PaymentGateway.objects.exists()
