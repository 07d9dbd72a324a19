"""What Rentwell must not start with, each with a sentence that says what to do."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from common.deposits import DepositStrategy
from common.money import MAX_MINOR
from payments.domain.cancellation import Policy
from payments.domain.late_fees import LateUnit


def settings_problems() -> Iterator[str]:
    """The reasons not to serve with the present settings."""
    if settings.ENVIRONMENT not in ("development", "production"):
        yield "RENTWELL_ENV must be 'development' or 'production'."
    if not timedelta(minutes=31) <= settings.CHECKOUT_WINDOW <= timedelta(days=1):
        yield "CHECKOUT_MINUTES must be from 31 to 1440: Stripe opens no other checkout."
    if not all(map(_is_key, settings.CREDENTIAL_KEYS)):
        yield "CREDENTIAL_KEYS holds something that `manage.py make_credential_key` has not made."
    yield from _of_the_shop()
    yield from _of_production() if settings.PRODUCTION else _of_development()


def _of_the_shop() -> Iterator[str]:
    try:
        Policy.parse(settings.CANCELLATION_POLICY)
    except ValueError as error:
        yield f"CANCELLATION_POLICY cannot be used: {error}."
    if settings.DEPOSIT_STRATEGY not in list(DepositStrategy):
        yield f"DEPOSIT_STRATEGY must be one of {', '.join(DepositStrategy)}."
    if not timedelta(hours=1) <= settings.DEPOSIT_HOLD_LEAD <= timedelta(hours=96):
        yield "DEPOSIT_HOLD_LEAD_HOURS must be from 1 to 96: banks hold for a few days only."
    if not timedelta(0) <= settings.LEAD_TIME <= timedelta(days=366):
        yield "LEAD_TIME_MINUTES must be from 0 to 527040, a year."
    yield from _of_late_fees()
    limits = settings.REFUND_APPROVAL_MINOR
    if not all(re.fullmatch("[A-Z]{3}", code) and limit >= 0 for code, limit in limits.items()):
        yield "REFUND_APPROVAL_MINOR must be amounts in minor units by currency: EUR=50000."


def _of_late_fees() -> Iterator[str]:
    for name in ("LATE_FEE_MINOR", "LATE_CAP_MINOR"):
        if not 0 <= getattr(settings, name) <= MAX_MINOR:
            yield f"{name} must be from 0 to {MAX_MINOR}, in minor units of SHOP_CURRENCY."
    if settings.LATE_FEE_UNIT not in list(LateUnit):
        yield f"LATE_FEE_UNIT must be one of {', '.join(LateUnit)}."
    if not timedelta(0) <= settings.LATE_GRACE <= timedelta(days=30):
        yield "LATE_GRACE_MINUTES must be from 0 to 43200, 30 days."


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _of_development() -> Iterator[str]:
    if settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")):
        yield "STRIPE_SECRET_KEY is a live key: set RENTWELL_ENV=production, or use a test key."


def _of_production() -> Iterator[str]:
    """Every rule is a pair: whether it is broken, and what to do then."""
    rules = (
        (settings.DEBUG, "DEBUG is on: remove it from the environment."),
        (
            settings.SECRET_KEY == settings.INSECURE_SECRET_KEY or len(settings.SECRET_KEY) < 50,
            "SECRET_KEY is missing or shorter than 50 characters: set a random one.",
        ),
        (
            settings.INSECURE_CREDENTIAL_KEY in settings.CREDENTIAL_KEYS
            or not settings.CREDENTIAL_KEYS,
            "CREDENTIAL_KEYS is missing: set it to the output of"
            " `python manage.py make_credential_key`.",
        ),
        (
            "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS,
            "ALLOWED_HOSTS must list the shop's own host names.",
        ),
        (
            not settings.SITE_URL.startswith("https://"),
            "SITE_URL must be the shop's public https:// address.",
        ),
        (
            not settings.SECURE_HSTS_SECONDS,
            "SECURE_HSTS_SECONDS is 0: remove it, or set a year (31536000).",
        ),
        (
            not settings.STRIPE_API_BASE.startswith("https://"),
            "STRIPE_API_BASE is not an https:// address: remove it to ask Stripe itself.",
        ),
        (
            bool(settings.STRIPE_SECRET_KEY) and not settings.STRIPE_WEBHOOK_SECRET,
            "STRIPE_WEBHOOK_SECRET is empty: copy the signing secret of the webhook endpoint from"
            " Stripe's dashboard.",
        ),
        (
            not os.environ.get("DATABASE_URL"),
            "DATABASE_URL is missing: the embedded PostgreSQL is for trying out and tests only.",
        ),
        (
            not os.environ.get("REDIS_URL"),
            "REDIS_URL is missing: an embedded Redis is not shared by all processes.",
        ),
    )
    yield from (todo for is_broken, todo in rules if is_broken)


def gateway_problems() -> Iterator[str]:
    """What the active gateways would fail with at the first payment (matrix rows B07, G02, G03)."""
    from payments.gateways import credentials_of, key_is_live
    from payments.models import PaymentGateway
    from payments.models.gateways import CredentialUnreadable

    try:
        gateways = list(PaymentGateway.objects.active())
    except DatabaseError:
        return  # no database yet, or not now: that is what /readyz tells
    except CredentialUnreadable as error:
        yield str(error)
        return
    for gateway in gateways:
        found = credentials_of(gateway)
        is_live = key_is_live(gateway.gateway_type, found.secret_key)
        if is_live is gateway.is_test_mode:
            mode, kind = ("test", "live") if is_live else ("live", "test")
            yield f"The gateway '{gateway}' is in {mode} mode and has a {kind} key: change one."
        if is_live and not settings.PRODUCTION:
            yield f"The gateway '{gateway}' has a live key: set RENTWELL_ENV=production."
        if settings.PRODUCTION and found.secret_key and not found.webhook_secrets:
            yield f"The gateway '{gateway}' has no webhook secret: set STRIPE_WEBHOOK_SECRET."


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every problem; called by the web server and the worker."""
    found = list(settings_problems()) or list(gateway_problems())
    connection.close()
    if found:
        raise ImproperlyConfigured("Rentwell does not start:\n- " + "\n- ".join(found))


@register(Tags.security, deploy=True)
def check_settings(**_: object) -> list[CheckMessage]:
    """The same sentences in `manage.py check --deploy`."""
    return [Error(text, id=f"rentwell.E{n:03}") for n, text in enumerate(settings_problems(), 1)]


@register(Tags.database, deploy=True)
def check_gateways(**_: object) -> list[CheckMessage]:
    """In `manage.py check --deploy --database default`."""
    return [Error(text, id=f"rentwell.E{n}") for n, text in enumerate(gateway_problems(), 101)]
