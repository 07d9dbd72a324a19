"""One log line per request, and an id by which a customer's complaint is found in the logs.

Our own rather than django-structlog's: that one logs twice per request, sends signals, and knows
neither the number of queries nor the time they took.
"""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import LazyObject, empty

from common.logging import get_logger

logger = get_logger(__name__)

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_MAX_PATH: Final = 300

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class QueryMeter:
    """Counts the queries of one request and the seconds they took; notes the slow ones."""

    __slots__ = ("count", "seconds", "slow")

    def __init__(self, slow: float) -> None:
        self.count = 0
        self.seconds = 0.0
        self.slow = slow

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = perf_counter() - started
            self.count += 1
            self.seconds += seconds
            if seconds >= self.slow:
                # The text has placeholders; the parameters may be private and stay out.
                logger.warning("slow_query", sql=str(sql)[:2000], duration_ms=_ms(seconds))


class RequestLogMiddleware:
    """Gives the request its `request_id`, logs it when it is answered, and keeps private answers
    out of every cache on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.slow: float = settings.SLOW_QUERY_SECONDS

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        meter = QueryMeter(self.slow)
        with connection.execute_wrapper(meter):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        user_id = known_user_id(request)
        if user_id is not None and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        _log(request, response, user_id, meter, perf_counter() - started)
        return response


class ShopClockMiddleware:
    """Staff read and enter times in the admin on the shop's clock, as they stand on all pages.

    The API is not concerned: it writes UTC by itself, and asks for an offset.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.zone = ZoneInfo(settings.SHOP_TIME_ZONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(self.zone):
            return self.get_response(request)


def known_user_id(request: HttpRequest) -> str | None:
    """The id of the logged-in user if anything asked for it during the request, without asking the
    database now."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    key = getattr(user, "pk", None)
    return None if key is None else str(key)


def _request_id(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _log(
    request: HttpRequest,
    response: HttpResponse,
    user_id: str | None,
    meter: QueryMeter,
    seconds: float,
) -> None:
    match = request.resolver_match
    log = logger.error if response.status_code >= 500 else logger.info
    log(
        "request",
        method=request.method,
        route=match.route if match else None,
        path=request.path[:_MAX_PATH],
        status=response.status_code,
        duration_ms=_ms(seconds),
        queries=meter.count,
        db_ms=_ms(meter.seconds),
        user_id=user_id,
    )
