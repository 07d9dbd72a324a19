"""R18, E05, F05: with Redis there, gone, paused, full and full of junk."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from common import cache as cache_module
from common.cache import Breaker, ForgivingRedisCache
from common.tests.redis_server import RedisServer, redis_server, waiting


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def cache_on(server: RedisServer, seconds: float) -> ForgivingRedisCache:
    """As in our settings, but on a server of its own, for which it waits so long.

    Caches of one address have one pool of connections, so each has its own address.
    """
    options = settings.CACHES["default"]["OPTIONS"] | waiting(seconds)
    address = f"{server.url}?socket_timeout={seconds}"
    return ForgivingRedisCache(address, {"KEY_PREFIX": "t", "OPTIONS": options})


@pytest.fixture
def cache(server: RedisServer) -> ForgivingRedisCache:
    """It has the patience that a busy machine asks for."""
    return cache_on(server, 30)


@pytest.fixture
def impatient(server: RedisServer) -> ForgivingRedisCache:
    """On the same server, and for when that is paused."""
    return cache_on(server, 0.2)


@pytest.fixture
def short_pause(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 0.2)
    return 0.2


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one for each call that is let through to Redis: what a failure costs."""
    done: list[str] = []
    allows = Breaker.allows

    def count(breaker: Breaker) -> bool:
        is_allowed = allows(breaker)
        if is_allowed:
            done.append(threading.current_thread().name)
        return is_allowed

    monkeypatch.setattr(Breaker, "allows", count)
    return done


def everything(cache: ForgivingRedisCache) -> list[Any]:
    """Each operation that the product may use, and what it gives without Redis."""
    return [
        cache.get("k"),
        cache.get("k", "default"),
        cache.set("k", 1),
        cache.add("k", 1),
        cache.get_many(["k", "l"]),
        cache.set_many({"k": 1, "l": 2}),
        cache.delete("k"),
        cache.delete_many(["k", "l"]),
        cache.touch("k", 10),
    ]


WITHOUT_REDIS: list[Any] = [None, "default", False, False, {}, ["k", "l"], False, 0, False]


def test_values_come_back_while_redis_is_there(cache: ForgivingRedisCache) -> None:
    value = {"rows": [1, "zwei", None, 3.5], "n": 10**12}
    assert cache.set("k", value)
    assert cache.get("k") == value
    assert not cache.add("k", 1)
    assert cache.add("l", 2)
    assert cache.get_many(["k", "l", "m"]) == {"k": value, "l": 2}
    assert cache.set_many({"m": [1]}) == []
    assert cache.touch("m", 10)
    assert cache.delete("k")
    assert cache.get("k", "default") == "default"
    assert cache.delete_many(["l", "m"]) == 2
    cache.ping()


def test_values_are_json_and_expire(cache: ForgivingRedisCache, server: RedisServer) -> None:
    cache.set("k", {"a": 1}, timeout=60, version=3)
    assert json.loads(server.raw.get("t:3:k") or b"") == {"a": 1}
    assert 0 < server.raw.ttl("t:3:k") <= 60


@pytest.mark.parametrize("trouble", ["stop", "pause"])
def test_a_redis_that_is_gone_is_tried_once_and_then_left_alone(
    cache: ForgivingRedisCache,
    impatient: ForgivingRedisCache,
    server: RedisServer,
    tries: list[str],
    trouble: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 600)
    cache.set("k", 1)
    getattr(server, trouble)()
    tries.clear()
    assert impatient.get("k") is None
    assert everything(impatient) == WITHOUT_REDIS
    assert len(tries) == 1


def test_threads_do_not_queue_up_behind_a_paused_redis(server: RedisServer) -> None:
    cache = cache_on(server, 1)
    server.pause()
    threads = [threading.Thread(target=cache.get, args=["k"]) for _ in range(20)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.perf_counter() - started < 15  # one after the other they would take 20 seconds


def test_redis_is_used_again_when_it_is_back(
    cache: ForgivingRedisCache, server: RedisServer, short_pause: float
) -> None:
    server.stop()
    assert not cache.set("k", 1)
    server.start()
    time.sleep(short_pause * 1.2)
    assert cache.set("k", 2)
    assert cache.get("k") == 2


def test_only_one_tries_when_the_pause_is_over(
    impatient: ForgivingRedisCache,
    server: RedisServer,
    short_pause: float,
    tries: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.pause()
    impatient.get("k")
    time.sleep(short_pause * 1.2)
    tries.clear()
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 600)
    threads = [threading.Thread(target=impatient.get, args=["k"]) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 1


def test_an_answer_that_comes_late_is_never_taken_for_another(
    cache: ForgivingRedisCache,
    impatient: ForgivingRedisCache,
    server: RedisServer,
    short_pause: float,
) -> None:
    cache.set("alice", "of alice")
    cache.set("bob", "of bob")
    for _ in range(3):
        server.pause()
        assert impatient.get("alice") is None
        server.resume()
        assert first_answer(impatient, "bob") == "of bob"
        assert first_answer(impatient, "alice") == "of alice"


def first_answer(cache: ForgivingRedisCache, key: str) -> Any:
    """What it says when it says anything."""
    deadline = time.monotonic() + 60
    while (answer := cache.get(key)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


@pytest.mark.parametrize(
    "junk", [b"", b"\xff\xfe", b"\x80\x04\x95.", b"{", b"[" * 100_000, b"cos\nsystem\n(S'id'\ntR."]
)
def test_junk_is_a_miss(cache: ForgivingRedisCache, server: RedisServer, junk: bytes) -> None:
    server.raw.set("t:1:k", junk)
    assert cache.get("k", "default") == "default"
    assert cache.get_many(["k"]) == {}
    assert cache.set("k", 1)
    assert cache.get("k") == 1


def test_a_value_of_another_type_is_a_miss_and_does_not_stop_the_rest(
    cache: ForgivingRedisCache, server: RedisServer
) -> None:
    server.raw.lpush("t:1:k", "x")
    assert cache.get("k") is None
    assert cache.set("l", 1)
    assert cache.get("l") == 1


def test_a_full_redis_is_read_but_not_written(
    cache: ForgivingRedisCache, server: RedisServer
) -> None:
    cache.set("k", 1)
    server.raw.config_set("maxmemory", 1)
    assert not cache.set("l", 2)
    assert cache.get("k") == 1


def test_a_value_that_is_no_json_is_a_mistake_of_ours(cache: ForgivingRedisCache) -> None:
    with pytest.raises(TypeError):
        cache.set("k", object())


def test_trouble_is_logged_once_and_not_per_call(
    cache: ForgivingRedisCache, server: RedisServer, short_pause: float, caplog: Any
) -> None:
    server.stop()
    for _ in range(3):
        everything(cache)
        time.sleep(short_pause * 1.2)
    assert len([r for r in caplog.records if "cache_unavailable" in str(r.msg)]) == 1


def test_a_ping_tells_the_truth(cache: ForgivingRedisCache, server: RedisServer) -> None:
    cache.ping()
    server.stop()
    with pytest.raises(Exception, match=r"(?i)connect|socket"):
        cache.ping()
