"""G03: web server and worker really refuse, and the commands that mend things do not."""

import os
import subprocess
import sys
from typing import Final

import pytest
from cryptography.fernet import Fernet

SAFE: Final = {
    "RENTWELL_ENV": "production",
    "SECRET_KEY": "q" * 64,
    "ALLOWED_HOSTS": "shop.example.com",
    "SITE_URL": "https://shop.example.com",
    "STRIPE_SECRET_KEY": "sk_test_canary",
    "STRIPE_WEBHOOK_SECRET": "whsec_canary",
    "STRIPE_API_BASE": "https://api.stripe.com",
}
WEB: Final = ("-c", "import config.wsgi")
WORKER: Final = ("manage.py", "procrastinate", "worker", "--one-shot")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python <arguments>` as production would, apart from `environment`."""
    values = {"CREDENTIAL_KEYS": Fernet.generate_key().decode()} | SAFE | environment
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **values},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [WEB, WORKER], ids=["web", "worker"])
def test_an_unsafe_start_is_refused_with_every_reason(command: tuple[str, ...]) -> None:
    refused = run(*command, DEBUG="1", ALLOWED_HOSTS="*")
    assert refused.returncode != 0
    assert "Rentwell does not start:" in refused.stderr
    assert "\n- DEBUG is on: remove it from the environment." in refused.stderr
    assert "\n- ALLOWED_HOSTS must list the shop's own host names." in refused.stderr
    assert "canary" not in refused.stdout + refused.stderr


def test_the_web_server_starts_when_all_is_well() -> None:
    started = run(*WEB)
    assert started.returncode == 0, started.stderr


def test_the_database_may_come_later_than_the_web_server() -> None:
    away = "postgres://nobody@127.0.0.1:9/nowhere"
    assert run(*WEB, DATABASE_URL=away).returncode == 0


def test_a_key_can_be_made_before_there_is_one() -> None:
    made = run("manage.py", "make_credential_key", CREDENTIAL_KEYS="", ALLOWED_HOSTS="*")
    assert made.returncode == 0, made.stderr
    Fernet(made.stdout.strip())
