"""`/healthz` says that the process lives, `/readyz` that it can do its work.

Apps add their own checks from `AppConfig.ready`; `common` does not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.logging import get_logger

logger = get_logger(__name__)

# Returns a few words for people, or raises when the part does not work.
Check = Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Registered:
    function: Check
    critical: bool


_checks: dict[str, _Registered] = {}


def register_check(name: str, function: Check, *, critical: bool) -> None:
    """Let `/readyz` ask `function`. If a `critical` check raises, the answer is 503; any other that
    raises is reported as "degraded" with 200."""
    _checks[name] = _Registered(function, critical)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. It asks nobody else, so a restart is the right cure when this fails."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether to send requests here: 200 (`ok` or `degraded`) or 503 (`unavailable`)."""
    results: dict[str, dict[str, Any]] = {}
    status = "ok"
    for name, check in _checks.items():
        results[name] = _run(name, check.function)
        if results[name]["status"] == "failed" and status != "unavailable":
            status = "unavailable" if check.critical else "degraded"
    return JsonResponse(
        {"status": status, "checks": results}, status=503 if status == "unavailable" else 200
    )


def _run(name: str, function: Check) -> dict[str, Any]:
    started = perf_counter()
    try:
        detail, status = function(), "ok"
    except Exception as error:
        # The reason may name hosts and users: it is for the log, not for whoever asks.
        logger.warning("health_check_failed", check=name, error=repr(error))
        detail, status = "", "failed"
    return {
        "status": status,
        "detail": detail,
        "duration_ms": round((perf_counter() - started) * 1000, 2),
    }


def _check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _check_cache() -> str:
    ping = getattr(cache, "ping", None)  # only our own backend can be asked
    if ping is not None:
        ping()
    return ""


register_check("database", _check_database, critical=True)
register_check("cache", _check_cache, critical=False)
