"""R18, E05, F05: with Redis there, gone, paused, full and full of junk."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from common import cache as cache_module
from common.cache import ForgivingRedisCache
from common.tests.redis_server import RedisServer, redis_server


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture
def cache(server: RedisServer, settings: Settings) -> ForgivingRedisCache:
    """As in our settings, but on a server of its own."""
    options = settings.CACHES["default"]["OPTIONS"]
    return ForgivingRedisCache(server.url, {"KEY_PREFIX": "t", "OPTIONS": options})


@pytest.fixture
def short_pause(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 0.2)
    return 0.2


def seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


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


def test_a_stopped_redis_costs_next_to_nothing(
    cache: ForgivingRedisCache, server: RedisServer
) -> None:
    cache.set("k", 1)
    server.stop()
    assert seconds(lambda: everything(cache)) < 0.25
    assert everything(cache) == WITHOUT_REDIS


def test_a_paused_redis_costs_one_timeout_and_then_nothing(
    cache: ForgivingRedisCache, server: RedisServer
) -> None:
    cache.set("k", 1)
    server.pause()
    assert seconds(lambda: cache.get("k")) < 0.3
    assert seconds(lambda: everything(cache)) < 0.01
    assert everything(cache) == WITHOUT_REDIS


def test_threads_do_not_queue_up_behind_a_paused_redis(
    cache: ForgivingRedisCache, server: RedisServer
) -> None:
    server.pause()

    def wait_for_all() -> None:
        threads = [threading.Thread(target=cache.get, args=["k"]) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert seconds(wait_for_all) < 0.6


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
    cache: ForgivingRedisCache, server: RedisServer, short_pause: float
) -> None:
    server.pause()
    cache.get("k")
    time.sleep(short_pause * 1.2)
    durations = []
    threads = [
        threading.Thread(target=lambda: durations.append(seconds(lambda: cache.get("k"))))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(duration > 0.1 for duration in durations) <= 1


def test_an_answer_that_comes_late_is_never_taken_for_another(
    cache: ForgivingRedisCache, server: RedisServer, short_pause: float
) -> None:
    cache.set("alice", "of alice")
    cache.set("bob", "of bob")
    for _ in range(3):
        server.pause()
        assert cache.get("alice") is None
        server.resume()
        time.sleep(short_pause * 1.2)
        assert cache.get("bob") == "of bob"
        assert cache.get("alice") == "of alice"


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
