"""One line per request, an id on every answer, and no private answer in a shared cache."""

import json
import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import get_contextvars

from common.middleware import RequestLogMiddleware, known_user_id

pytestmark = pytest.mark.urls("common.tests.urls")


def entries(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    return [r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == event]


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_request_is_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/payments/fail/conflict/?token=canary")
    (line,) = entries(caplog, "request")
    assert line["method"] == "GET"
    assert line["route"] == "payments/fail/<str:kind>/"
    assert line["path"] == "/payments/fail/conflict/"
    assert line["status"] == 409
    assert line["duration_ms"] > 0
    assert (line["queries"], line["user_id"], line["level"]) == (0, None, "info")
    assert "canary" not in json.dumps([str(r.msg) for r in caplog.records])


def test_an_unknown_address_is_logged_without_a_route(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/" + "x" * 2000)
    (line,) = entries(caplog, "request")
    assert (line["status"], line["route"], len(line["path"])) == (404, None, 300)


def test_a_failure_is_an_error_with_its_traceback_under_the_same_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = Client(raise_request_exception=False).get("/payments/fail/bug/")
    (line,) = entries(caplog, "request")
    (failure,) = entries(caplog, "unhandled_exception")
    assert (line["level"], failure["level"]) == ("error", "error")
    assert line["request_id"] == failure["request_id"] == response["X-Request-ID"]


@pytest.mark.django_db
def test_queries_are_counted_and_timed(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_SECONDS = 60
    client.get("/payments/sleep/")
    (line,) = entries(caplog, "request")
    assert line["queries"] == 2
    assert 50 <= line["db_ms"] <= line["duration_ms"]
    assert entries(caplog, "slow_query") == []


@pytest.mark.django_db
def test_a_slow_query_is_noted_without_its_parameters(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_SECONDS = 0.04
    Client().get("/payments/sleep/")
    (line,) = entries(caplog, "slow_query")
    assert line["sql"] == "SELECT pg_sleep(%s), 'canary'"
    assert line["duration_ms"] >= 50
    assert line["level"] == "warning"


@pytest.mark.parametrize("given", ["abcdefgh", "0b5c9d2e-request.1_2", "x" * 64])
def test_a_sane_id_of_the_caller_is_kept(client: Client, given: str) -> None:
    response = client.get("/payments/rows/", headers={"x-request-id": given})
    assert response["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "id<script>", "ä" * 9])
def test_any_other_id_is_replaced(client: Client, given: str) -> None:
    response = client.get("/payments/rows/", headers={"x-request-id": given})
    assert len(response["X-Request-ID"]) == 32


def test_nothing_of_one_request_is_left_for_the_next(client: Client) -> None:
    seen: list[dict[str, Any]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(dict(get_contextvars()))
        from structlog.contextvars import bind_contextvars

        bind_contextvars(order_number="RO1")
        return HttpResponse()

    middleware = RequestLogMiddleware(view)
    middleware(RequestFactory().get("/"))
    middleware(RequestFactory().get("/"))
    assert [set(context) for context in seen] == [{"request_id"}, {"request_id"}]
    assert seen[0] != seen[1]


def answer_for(user: Any, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/")
    request.user = user
    return RequestLogMiddleware(lambda _: HttpResponse(headers=headers))(request)


def test_the_answer_to_a_known_user_is_not_stored_on_the_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    user = get_user_model()(email="a@example.com")
    assert answer_for(user)["Cache-Control"] == "no-store, private"
    (line,) = entries(caplog, "request")
    assert line["user_id"] == str(user.pk)


def test_a_view_may_say_itself_how_long_its_answer_is_good() -> None:
    user = get_user_model()(email="a@example.com")
    answer = answer_for(user, **{"Cache-Control": "private, max-age=60"})
    assert answer["Cache-Control"] == "private, max-age=60"


def test_a_user_nobody_asked_for_is_not_loaded_for_the_log() -> None:
    def load() -> Any:
        raise AssertionError("loaded")

    assert not answer_for(SimpleLazyObject(load)).has_header("Cache-Control")


def test_a_user_somebody_asked_for_is_known() -> None:
    user = get_user_model()(email="a@example.com")
    request = RequestFactory().get("/")
    lazy: Any = SimpleLazyObject(lambda: user)
    request.user = lazy
    assert known_user_id(request) is None
    assert lazy.email
    assert known_user_id(request) == str(user.pk)
