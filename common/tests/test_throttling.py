"""F07: counters that parallel attempts, proxies and a missing Redis do not get round."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F
from django.test import RequestFactory
from pytest_django import Settings

from common.errors import TooManyRequests
from common.models import ThrottleWindow
from common.throttling import forgive, hit, peer_of, purge

HOUR = timedelta(hours=1)


def allowed(scope: str = "test", identity: str = "alice", limit: int = 3) -> bool:
    try:
        hit(scope, identity, limit=limit, window=HOUR)
    except TooManyRequests:
        return False
    return True


@pytest.mark.django_db
def test_the_limit_is_reached_and_then_refused() -> None:
    assert [allowed() for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_the_refusal_says_how_long_to_wait() -> None:
    with pytest.raises(TooManyRequests) as refused:
        hit("test", "alice", limit=0, window=HOUR)
    assert refused.value.retry_after == 3600


@pytest.mark.django_db
def test_others_and_other_scopes_have_counters_of_their_own() -> None:
    assert not allowed(limit=0)
    assert allowed(identity="bob", limit=1)
    assert allowed(scope="other", limit=1)


@pytest.mark.django_db
def test_a_new_window_begins_when_the_old_one_is_over() -> None:
    assert [allowed(limit=1), allowed(limit=1)] == [True, False]
    ThrottleWindow.objects.update(expires_at=F("expires_at") - HOUR)
    assert [allowed(limit=1), allowed(limit=1)] == [True, False]


@pytest.mark.django_db
def test_refused_attempts_do_not_prolong_the_window() -> None:
    allowed(limit=1)
    before = ThrottleWindow.objects.get().expires_at
    allowed(limit=1)
    assert ThrottleWindow.objects.get().expires_at == before


@pytest.mark.django_db
def test_an_attempt_can_be_forgiven() -> None:
    for _ in range(10):
        assert allowed(limit=1)
        forgive("test", "alice")
    forgive("test", "alice")
    assert ThrottleWindow.objects.get().count == 0


@pytest.mark.django_db
def test_the_table_does_not_tell_who_it_was() -> None:
    hit("test", "alice@example.com", limit=1, window=HOUR)
    row = ThrottleWindow.objects.get()
    assert "alice" not in row.key
    assert len(row.key) == 64


@pytest.mark.django_db
@pytest.mark.parametrize("identity", ["", "x" * 100_000, "\0", "\ud800", "'; DROP TABLE x; --"])
def test_any_identity_can_be_counted(identity: str) -> None:
    assert [allowed(identity=identity, limit=1) for _ in range(2)] == [True, False]


@pytest.mark.django_db
def test_purge_removes_what_is_over_and_nothing_else() -> None:
    allowed(identity="old")
    ThrottleWindow.objects.update(expires_at=F("expires_at") - HOUR)
    allowed(identity="new")
    assert purge() == 1
    assert ThrottleWindow.objects.count() == 1
    assert purge() == 0


def in_parallel(count: int, attempt: Callable[[], bool]) -> int:
    """How many of `count` attempts, each on a connection of its own, were allowed."""
    barrier = Barrier(count)

    def run() -> bool:
        try:
            connection.ensure_connection()
            barrier.wait(20)
            return attempt()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return sum(future.result() for future in [pool.submit(run) for _ in range(count)])


@pytest.mark.django_db(transaction=True)
def test_of_thirty_parallel_attempts_exactly_the_limit_gets_through() -> None:
    assert in_parallel(30, lambda: allowed(limit=10)) == 10
    assert ThrottleWindow.objects.get().count == 30


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_reads_first_would_let_more_through() -> None:
    """The twin without the guard: it shows that the race above is a race."""

    looked = Barrier(30)

    def read_then_write() -> bool:
        row, _ = ThrottleWindow.objects.get_or_create(
            key="twin", defaults={"count": 0, "expires_at": "2100-01-01T00:00:00Z"}
        )
        looked.wait(20)
        ThrottleWindow.objects.filter(key="twin").update(count=row.count + 1)
        return row.count < 10

    assert in_parallel(30, read_then_write) > 10


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, None, "192.0.2.1", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, None, "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "203.0.113.9, not an address", "10.0.0.1", "10.0.0.1"),
        (0, None, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (0, None, "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (0, None, "::ffff:192.0.2.1", "192.0.2.1"),
        (0, None, "", "unknown"),
    ],
)
def test_the_peer_is_who_our_own_proxies_saw(
    settings: Settings, proxies: int, forwarded: str | None, remote: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)
    assert peer_of(request) == expected
