"""A Redis cache that never gets in the way (reliability rule R18): Redis holds nothing that is true
only there, so any trouble with it is a miss, and soon costs no time at all.

A `delete` that Redis did not hear leaves the old value behind. So do not invalidate by deleting:
put a version into the key, such as `User.cache_version`.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from common.logging import get_logger

logger = get_logger(__name__)

PAUSE_SECONDS: Final = 2.0  # after a failure Redis is left alone for so long
LOG_EVERY_SECONDS: Final = 30.0
# What reading junk ends in: not UTF-8, not JSON, or JSON that is nested without end.
UNREADABLE: Final = (ValueError, RecursionError)

T = TypeVar("T")


class Breaker:
    """Remembers that one Redis failed, for all threads of this process.

    While it is open nobody calls. When the pause is over one caller tries, and the others go on
    without until that call has succeeded.
    """

    def __init__(self) -> None:
        self._failed = False
        self._closed_until = 0.0
        self._logged_at = -LOG_EVERY_SECONDS
        self._choosing = threading.Lock()

    def allows(self) -> bool:
        """Whether to call Redis now."""
        if not self._failed:
            return True
        with self._choosing:
            now = time.monotonic()
            if now < self._closed_until:
                return False
            self._closed_until = now + PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        """Call after each answer of Redis."""
        self._failed = False

    def failed(self, error: Exception) -> None:
        """Call after Redis did not answer; logs it now and then."""
        now = time.monotonic()
        self._failed = True
        self._closed_until = now + PAUSE_SECONDS
        if now - self._logged_at >= LOG_EVERY_SECONDS:
            self._logged_at = now
            logger.warning("cache_unavailable", error=type(error.__cause__ or error).__name__)


_breakers: dict[str, Breaker] = {}


class ForgivingRedisCache(RedisCache):  # type: ignore[misc]  # it has no types
    """django-redis without retries and without exceptions.

    Use `get`, `set`, `add`, `delete`, `touch`, `get_many`, `set_many`, `delete_many`, `incr` and
    `clear`. Other methods of django-redis are not covered and raise.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        # redis-py retries ten times by default: four seconds a call, even if it is refused at once.
        retry = {"retry": Retry(NoBackoff(), 0), "retry_on_timeout": False}
        options["CONNECTION_POOL_KWARGS"] = retry | options.get("CONNECTION_POOL_KWARGS", {})
        super().__init__(server, {**params, "OPTIONS": options})
        self._breaker = _breakers.setdefault(server, Breaker())

    def _try(self, call: Callable[[], T], otherwise: T) -> T:
        if not self._breaker.allows():
            return otherwise
        try:
            result = call()
        except ConnectionInterrupted as error:
            if isinstance(error.__cause__, ResponseError):  # it is there, and refuses this command:
                return otherwise  # memory full, or a value of another type
            self._breaker.failed(error)
            return otherwise
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            return otherwise
        self._breaker.succeeded()
        return result

    def get(self, key: Any, default: Any = None, version: Any = None, client: Any = None) -> Any:
        """The value, or `default` when there is none, it cannot be read, or Redis is away."""

        def call() -> Any:
            try:
                return self.client.get(key, default=default, version=version, client=client)
            except UNREADABLE:
                return default

        return self._try(call, default)

    def get_many(self, keys: Any, version: Any = None, client: Any = None) -> dict[Any, Any]:
        """The readable values among `keys`."""

        def call() -> dict[Any, Any]:
            try:
                found: dict[Any, Any] = self.client.get_many(keys, version=version, client=client)
                return found
            except UNREADABLE:
                return {}

        return self._try(call, {})

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **kw: Any
    ) -> bool:
        """Store `value`; False when that was not possible."""
        return self._try(
            lambda: bool(self.client.set(key, value, timeout=timeout, version=version, **kw)), False
        )

    def set_many(
        self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **kw: Any
    ) -> list[Any]:
        """Store all values; returns the keys that were not stored."""

        def call() -> list[Any]:
            self.client.set_many(data, timeout=timeout, version=version, **kw)
            return []

        return self._try(call, list(data))

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **kw: Any
    ) -> bool:
        """Store `value` if there is none; False otherwise and when Redis is away."""
        return self._try(
            lambda: bool(self.client.add(key, value, timeout=timeout, version=version, **kw)), False
        )

    def delete(self, key: Any, version: Any = None, **kw: Any) -> bool:
        """Remove the value; False when there was none or Redis is away."""
        return self._try(lambda: bool(self.client.delete(key, version=version, **kw)), False)

    def delete_many(self, keys: Any, version: Any = None, **kw: Any) -> int:
        """Remove the values; the number removed."""
        return self._try(lambda: int(self.client.delete_many(keys, version=version, **kw) or 0), 0)

    def touch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **kw: Any
    ) -> bool:
        """Give the value a new lifetime; False when there is none or Redis is away."""
        return self._try(
            lambda: bool(self.client.touch(key, timeout=timeout, version=version, **kw)), False
        )

    def clear(self, client: Any = None) -> None:
        """Empty the whole Redis database."""
        self._try(lambda: self.client.clear(client=client), None)

    def ping(self) -> None:
        """Ask Redis whether it is there, whatever the breaker says; raises when it is not."""
        self.client.get_client(write=True).ping()
        self._breaker.succeeded()
