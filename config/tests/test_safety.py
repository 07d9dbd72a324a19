"""G03, B07, G02: what Rentwell does not start with, each named with what to do."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config.safety import gateway_problems, refuse_unsafe_start, settings_problems
from payments.models import PaymentGateway

SAFE: dict[str, Any] = {
    "ENVIRONMENT": "production",
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "q" * 64,
    "CREDENTIAL_KEYS": [Fernet.generate_key().decode()],
    "ALLOWED_HOSTS": ["shop.example.com"],
    "SITE_URL": "https://shop.example.com",
    "SECURE_HSTS_SECONDS": 31536000,
    "STRIPE_SECRET_KEY": "sk_live_of_the_tests",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
    "STRIPE_API_BASE": "https://api.stripe.com",
}


@pytest.fixture
def production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with which a shop may serve."""
    for name, value in SAFE.items():
        setattr(settings, name, value)
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere.else")
    return settings


def test_a_shop_that_is_set_up_well_starts(production: Settings) -> None:
    assert list(settings_problems()) == []


def test_a_developer_s_machine_needs_no_settings_at_all() -> None:
    assert list(settings_problems()) == []


@pytest.mark.parametrize(
    ("name", "value", "todo"),
    [
        ("ENVIRONMENT", "staging", "RENTWELL_ENV must be 'development' or 'production'."),
        ("CHECKOUT_WINDOW", timedelta(minutes=30), "CHECKOUT_MINUTES must be from 31 to 1440"),
        ("CHECKOUT_WINDOW", timedelta(minutes=1441), "CHECKOUT_MINUTES must be from 31 to 1440"),
        ("CANCELLATION_POLICY", "", "CANCELLATION_POLICY cannot be used: it is not a list such as"),
        ("CANCELLATION_POLICY", "48:50,168:100", "CANCELLATION_POLICY cannot be used: longer"),
        ("CANCELLATION_POLICY", "48:101", "CANCELLATION_POLICY cannot be used: hours are from"),
        ("DEPOSIT_STRATEGY", "CASH", "DEPOSIT_STRATEGY must be one of CHARGE, HOLD, CARD_ON_FILE"),
        ("DEPOSIT_HOLD_LEAD", timedelta(0), "DEPOSIT_HOLD_LEAD_HOURS must be from 1 to 96"),
        ("DEPOSIT_HOLD_LEAD", timedelta(days=5), "DEPOSIT_HOLD_LEAD_HOURS must be from 1 to 96"),
        ("LEAD_TIME", timedelta(minutes=-1), "LEAD_TIME_MINUTES must be from 0 to 527040"),
        ("LEAD_TIME", timedelta(days=367), "LEAD_TIME_MINUTES must be from 0 to 527040"),
        ("LATE_FEE_MINOR", -1, "LATE_FEE_MINOR must be from 0 to 99999999"),
        ("LATE_CAP_MINOR", 100_000_000, "LATE_CAP_MINOR must be from 0 to 99999999"),
        ("LATE_FEE_UNIT", "WEEK", "LATE_FEE_UNIT must be one of HOUR, DAY."),
        ("LATE_GRACE", timedelta(days=31), "LATE_GRACE_MINUTES must be from 0 to 43200"),
        ("REFUND_APPROVAL_MINOR", {"EURO": 1}, "REFUND_APPROVAL_MINOR must be amounts in minor"),
        ("REFUND_APPROVAL_MINOR", {"EUR": -1}, "REFUND_APPROVAL_MINOR must be amounts in minor"),
        ("DEBUG", True, "DEBUG is on: remove it"),
        ("SECRET_KEY", "too-short", "SECRET_KEY is missing or shorter than 50 characters: set"),
        ("CREDENTIAL_KEYS", [], "CREDENTIAL_KEYS is missing: set it to the output of"),
        ("CREDENTIAL_KEYS", ["not-a-key"], "CREDENTIAL_KEYS holds something that"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS must list the shop's own host names."),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS must list the shop's own host names."),
        ("SITE_URL", "http://shop.example.com", "SITE_URL must be the shop's public https://"),
        ("SECURE_HSTS_SECONDS", 0, "SECURE_HSTS_SECONDS is 0: remove it, or set a year"),
        ("STRIPE_WEBHOOK_SECRET", "", "STRIPE_WEBHOOK_SECRET is empty: copy the signing secret"),
        ("STRIPE_API_BASE", "http://localhost:8001", "STRIPE_API_BASE is not an https:// address"),
    ],
)
def test_an_unsafe_setting_is_named_with_what_to_do(
    production: Settings, name: str, value: object, todo: str
) -> None:
    setattr(production, name, value)
    (found,) = settings_problems()
    assert found.startswith(todo)


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_KEYS"])
def test_the_keys_that_everybody_can_read_in_the_source_are_refused(
    production: Settings, name: str
) -> None:
    if name == "SECRET_KEY":
        production.SECRET_KEY = production.INSECURE_SECRET_KEY
    else:  # also as an old key: whoever can read the source could read the credentials
        production.CREDENTIAL_KEYS = [*SAFE["CREDENTIAL_KEYS"], production.INSECURE_CREDENTIAL_KEY]
    (found,) = settings_problems()
    assert found.startswith(f"{name} is missing")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_the_embedded_servers_are_not_for_production(
    production: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)
    (found,) = settings_problems()
    assert found.startswith(f"{name} is missing")


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_a_live_key_has_no_place_in_development(settings: Settings, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    (found,) = settings_problems()
    assert "set RENTWELL_ENV=production, or use a test key" in found


def test_every_problem_is_told_at_once_and_no_value_with_it(production: Settings) -> None:
    production.DEBUG = True
    production.SECRET_KEY = "canary-of-the-secret-key"
    production.STRIPE_WEBHOOK_SECRET = ""
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_unsafe_start()
    assert str(refused.value).count("\n- ") == 3
    assert "canary" not in str(refused.value)
    assert "sk_live" not in str(refused.value)


def test_check_deploy_says_the_same(production: Settings) -> None:
    production.ALLOWED_HOSTS = ["*"]
    told = run_checks(tags=["security"], include_deployment_checks=True)
    (ours,) = [message for message in told if str(message.id).startswith("rentwell.")]
    assert ours.msg == "ALLOWED_HOSTS must list the shop's own host names."


# --- What the payment gateways hold ---------------------------------------------------------------


def make_gateway(**values: Any) -> PaymentGateway:
    return PaymentGateway.objects.create(name="Stripe", gateway_type="STRIPE", **values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_test_mode", "key", "todo"),
    [
        (True, "sk_live_1", "is in test mode and has a live key"),
        (False, "sk_test_1", "is in live mode and has a test key"),
    ],
)
@pytest.mark.parametrize("place", ["row", "environment"])
def test_a_key_of_the_other_mode_is_refused(
    production: Settings, place: str, is_test_mode: bool, key: str, todo: str
) -> None:
    """I24: test money never counts as live, nor the reverse."""
    production.STRIPE_SECRET_KEY = key if place == "environment" else ""
    make_gateway(is_test_mode=is_test_mode, secret_key=key if place == "row" else "")
    (found,) = gateway_problems()
    assert todo in found
    assert key not in found


@pytest.mark.django_db
def test_a_gateway_of_the_right_mode_starts(production: Settings) -> None:
    make_gateway(is_test_mode=False)
    assert list(gateway_problems()) == []


@pytest.mark.django_db
def test_a_gateway_that_is_switched_off_hinders_nobody(production: Settings) -> None:
    make_gateway(is_test_mode=True, is_active=False)
    assert list(gateway_problems()) == []


@pytest.mark.django_db
def test_in_production_a_gateway_needs_a_webhook_secret(production: Settings) -> None:
    """B07"""
    production.STRIPE_SECRET_KEY = production.STRIPE_WEBHOOK_SECRET = ""
    gateway = make_gateway(is_test_mode=False, secret_key="sk_live_1")
    (found,) = gateway_problems()
    assert "has no webhook secret: set STRIPE_WEBHOOK_SECRET" in found
    gateway.webhook_secret = "whsec_1"
    gateway.save()
    assert list(gateway_problems()) == []


@pytest.mark.django_db
def test_a_live_gateway_has_no_place_in_development(settings: Settings) -> None:
    make_gateway(is_test_mode=False, secret_key="sk_live_1")
    (found,) = gateway_problems()
    assert "set RENTWELL_ENV=production" in found


@pytest.mark.django_db
def test_a_lost_key_stops_the_start_and_not_a_payment(production: Settings) -> None:
    """G02"""
    make_gateway(is_test_mode=False, secret_key="sk_live_1")
    production.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    (found,) = gateway_problems()
    assert "put its old key back into CREDENTIAL_KEYS" in found
