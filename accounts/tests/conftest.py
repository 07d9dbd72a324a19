from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user

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


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Any, request: pytest.FixtureRequest) -> None:
    """Passwords are hashed slowly only where a test asks for `real_hashes`."""
    if "real_hashes" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def real_hashes() -> None:
    """For tests that measure time."""


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice@example.com", password=PASSWORD, name="Alice")
