"""Users for the tests of every app."""

from typing import Any
from uuid import uuid4

from accounts.models import User


def make_user(
    email: str | None = None, role: str = "CUSTOMER", password: str | None = None, **kw: Any
) -> User:
    """A user with an address of its own; without a password, which is fast, none can log in."""
    email = email or f"user-{uuid4().hex[:12]}@example.com"
    return User.objects.create_user(email, password, **{"name": "Test User", "role": role, **kw})
