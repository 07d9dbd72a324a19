from typing import Any

import pytest
from django.test import Client
from django.utils.crypto import pbkdf2

from accounts.models import User
from accounts.tests.factories import make_user
from config import settings as production

PASSWORD = "correct horse battery"


class Api(Client):
    """A client that speaks JSON, with or without a bearer token."""

    def send(self, path: str, data: Any = None, token: str | None = None, **headers: str) -> Any:
        """POST `data` if there is any, else GET."""
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if data is None:
            return self.get(path, headers=headers)
        return self.post(path, data, content_type="application/json", headers=headers)

    def log_in(self, user: User, password: str = PASSWORD) -> dict[str, str]:
        """A new pair of tokens."""
        response = self.send("/auth/token/", {"email": user.email, "password": password})
        assert response.status_code == 200, response.content
        pair: dict[str, str] = response.json()["data"]
        return pair


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def hash_rounds(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[int]:
    """Grows by the rounds of each hash, in which a login spends nearly all of its time.

    Passwords are hashed as in production here. Seconds would tell the same on a quiet machine only;
    so the rounds are counted, and one is done.
    """
    settings.PASSWORD_HASHERS = production.PASSWORD_HASHERS
    done: list[int] = []

    def count(password: str, salt: str, iterations: int, **options: Any) -> bytes:
        done.append(iterations)
        return pbkdf2(password, salt, 1, **options)

    monkeypatch.setattr("django.contrib.auth.hashers.pbkdf2", count)
    return done


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice@example.com", password=PASSWORD, name="Alice")
