import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user


@pytest.fixture
def staff() -> User:
    return make_user(role=Role.STAFF)
