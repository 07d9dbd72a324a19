import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.utils import ConnectionHandler
from django.test import Client, RequestFactory
from pytest_django import Settings

from common import health
from common.cache import ForgivingRedisCache
from common.tests.redis_server import redis_server


@pytest.fixture
def checks() -> Iterator[dict[str, Any]]:
    """The registry, put back as it was when the test ends."""
    before = dict(health._checks)
    yield health._checks
    health._checks.clear()
    health._checks.update(before)


def readiness() -> tuple[int, dict[str, Any]]:
    response = health.readyz(RequestFactory().get("/readyz"))
    return response.status_code, json.loads(response.content)


def fail() -> str:
    raise RuntimeError("canary-host refused")


def test_the_process_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_database_and_cache_answer(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    body = response.json()
    assert body["checks"]["database"]["status"] == "ok"
    assert body["checks"]["cache"]["status"] == "ok"


@pytest.mark.django_db
def test_degraded_but_ready_without_the_cache(
    checks: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server() as server:
        monkeypatch.setattr(health, "cache", ForgivingRedisCache(server.url, {}))
        server.stop()
        status, body = readiness()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["cache"]["status"] == "failed"
    assert body["checks"]["database"]["status"] == "ok"


@pytest.mark.django_db
def test_not_ready_without_the_database(
    checks: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    nowhere = settings.DATABASES["default"] | {"HOST": "127.0.0.1", "PORT": "1"}
    monkeypatch.setattr(health, "connection", ConnectionHandler({"default": nowhere})["default"])
    status, body = readiness()
    assert (status, body["status"]) == (503, "unavailable")
    assert body["checks"]["database"]["status"] == "failed"


def test_not_ready_when_something_critical_fails_and_it_is_not_told_why(
    checks: dict[str, Any],
) -> None:
    checks.clear()
    health.register_check("queue", fail, critical=True)
    health.register_check("mail", fail, critical=False)
    health.register_check("other", lambda: "3 waiting", critical=True)
    status, body = readiness()
    assert (status, body["status"]) == (503, "unavailable")
    assert body["checks"]["other"]["detail"] == "3 waiting"
    assert "canary" not in str(body)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_possible(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
