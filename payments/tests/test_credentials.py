"""P5, G02, R23: the gateways' credentials at rest, while their keys rotate, and in what we say."""

import logging
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from payments.gateways import credentials_of
from payments.models import PaymentGateway
from payments.models.gateways import CredentialUnreadable

pytestmark = pytest.mark.django_db

CANARIES: Final = {
    "public_key": "pk_test_canary",
    "secret_key": "sk_test_canary",
    "webhook_secret": "whsec_canary,whsec_second",
}
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def gateway(settings: Settings) -> PaymentGateway:
    """A gateway whose credentials were entered under the key OLD."""
    settings.CREDENTIAL_KEYS = [OLD]
    return PaymentGateway.objects.create(name="Stripe", gateway_type="STRIPE", **CANARIES)


def stored() -> list[dict[str, Any]]:
    """What is in the table itself, past the model."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM payments_paymentgateway ORDER BY id")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def rotate(keys: Sequence[str], settings: Settings) -> str:
    """Run the command with these keys; returns what it prints."""
    settings.CREDENTIAL_KEYS = list(keys)
    output = StringIO()
    call_command("rotate_credentials", stdout=output)
    return output.getvalue()


def test_the_table_holds_no_credential_that_can_be_read(gateway: PaymentGateway) -> None:
    """P5: and so does no dump and no backup of it."""
    (row,) = stored()
    assert "canary" not in repr(row)
    for name, value in CANARIES.items():
        assert Fernet(OLD).decrypt(row[name]).decode() == value


def test_the_same_credential_is_stored_differently_each_time(gateway: PaymentGateway) -> None:
    PaymentGateway.objects.create(name="Spare", gateway_type="STRIPE", is_active=False, **CANARIES)
    first, second = stored()
    assert first["secret_key"] != second["secret_key"]


def test_in_python_the_credentials_are_plain(gateway: PaymentGateway) -> None:
    again = PaymentGateway.objects.get()
    for name, value in CANARIES.items():
        assert getattr(again, name) == value
    assert credentials_of(again).webhook_secrets == ("whsec_canary", "whsec_second")


def test_an_empty_credential_stays_empty_and_the_environment_serves(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_the_environment"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_environment"
    gateway = PaymentGateway.objects.create(name="Stripe", gateway_type="STRIPE")
    (row,) = stored()
    assert row["secret_key"] == ""
    found = credentials_of(gateway)
    assert found.secret_key == "sk_test_of_the_environment"
    assert found.webhook_secrets == ("whsec_of_the_environment",)


def test_a_credential_cannot_be_searched_for(gateway: PaymentGateway) -> None:
    assert not PaymentGateway.objects.filter(secret_key="sk_test_canary").exists()


@pytest.mark.django_db(transaction=True)
def test_keys_rotate_without_a_moment_in_which_a_credential_is_unreadable(
    gateway: PaymentGateway, settings: Settings
) -> None:
    """G02: [old] -> [new, old] -> rotate -> [new]."""
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert PaymentGateway.objects.get().secret_key == "sk_test_canary"
    assert rotate([NEW, OLD], settings) == "Payment gateways encrypted with the first key: 1.\n"
    settings.CREDENTIAL_KEYS = [NEW]
    again = PaymentGateway.objects.get()
    for name, value in CANARIES.items():
        assert getattr(again, name) == value
    settings.CREDENTIAL_KEYS = [OLD]
    with pytest.raises(CredentialUnreadable):
        PaymentGateway.objects.get()


def test_what_is_entered_while_both_keys_are_there_is_encrypted_with_the_new_one(
    gateway: PaymentGateway, settings: Settings
) -> None:
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    gateway.secret_key = "sk_test_rolled"
    gateway.save()
    assert Fernet(NEW).decrypt(stored()[0]["secret_key"]) == b"sk_test_rolled"


def test_rotating_counts_the_gateways_that_are_switched_off_too(
    gateway: PaymentGateway, settings: Settings
) -> None:
    PaymentGateway.objects.create(name="Old", gateway_type="STRIPE", is_active=False, **CANARIES)
    assert "key: 2." in rotate([NEW, OLD], settings)
    for row in stored():
        Fernet(NEW).decrypt(row["secret_key"])


def test_rotating_changes_all_or_nothing(gateway: PaymentGateway, settings: Settings) -> None:
    """A gateway under a third key stops it, and nothing is half done."""
    settings.CREDENTIAL_KEYS = [OTHER]
    PaymentGateway.objects.create(name="Lost", gateway_type="STRIPE", is_active=False, **CANARIES)
    before = stored()
    with pytest.raises(CommandError, match="Nothing was changed"):
        rotate([NEW, OLD], settings)
    assert stored() == before


def test_a_lost_key_is_told_in_a_sentence_that_says_what_to_do(
    gateway: PaymentGateway, settings: Settings
) -> None:
    """G02"""
    settings.CREDENTIAL_KEYS = [OTHER]
    with pytest.raises(CredentialUnreadable) as told:
        PaymentGateway.objects.get()
    assert "put its old key back into CREDENTIAL_KEYS" in str(told.value)
    assert "rotate_credentials" in str(told.value)
    for secret in (OLD, OTHER, stored()[0]["secret_key"]):
        assert secret not in str(told.value)


def test_a_new_key_is_a_key_and_never_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    made = set()
    for _ in range(2):
        call_command("make_credential_key")
        made.add(capsys.readouterr().out.strip())
    assert len(made) == 2
    for key in made:
        Fernet(key)


def test_nothing_that_describes_a_gateway_shows_a_credential(
    gateway: PaymentGateway, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """P2"""
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    again = PaymentGateway.objects.get()
    with caplog.at_level(logging.DEBUG):
        rotate([NEW, OLD], settings)
        logging.getLogger("payments").error("about %r and %r", again, credentials_of(again))
    said = [repr(again), str(again), repr(credentials_of(again)), str(credentials_of(again))]
    assert "canary" not in "".join([*said, caplog.text])
