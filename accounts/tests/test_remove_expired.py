"""The nightly job."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.tasks import remove_expired
from accounts.tests.conftest import Api
from common.models import ThrottleWindow
from common.throttling import hit

MONTH = timedelta(days=30)


def leave_traces(user: User) -> None:
    Api().log_in(user)
    Client().force_login(user)


def test_what_is_over_is_deleted_and_nothing_else(alice: User) -> None:
    with time_machine.travel(timezone.now() - MONTH):
        leave_traces(alice)
    leave_traces(alice)
    hit("test", "old", limit=1, window=timedelta(0))
    remove_expired(0)
    assert OutstandingToken.objects.count() == 1
    assert Session.objects.count() == 1
    # Three of the login's own windows, forgiven but still open: account at peer, peer, account.
    assert ThrottleWindow.objects.count() == 3


@pytest.mark.django_db
def test_with_nothing_to_delete_nothing_happens() -> None:
    remove_expired(0)
