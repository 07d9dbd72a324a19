"""The one place where a refusal becomes a status (design rule: kinds in common/errors.py)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from common import errors
from common.api.envelope import failure, failure_body
from common.api.parsers import BodyTooLarge
from common.logging import get_logger

logger = get_logger(__name__)

_STATUS: Final[dict[type[errors.RentwellError], int]] = {
    errors.InvalidInput: 400,
    errors.PaymentDeclined: 402,
    errors.NotPermitted: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.KeyReused: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
# REST framework's codes that say no more than the status, and ours for them.
_GENERIC: Final = frozenset(
    {"error", "authentication_failed", "permission_denied", "throttled", "parse_error"}
)
_CODES: Final = {
    400: "invalid",
    401: "not_authenticated",
    403: errors.NotPermitted.code,
    404: errors.NotFound.code,
    429: errors.TooManyRequests.code,
}
_INTERNAL: Final = "Something went wrong on our side. It has been noted."
_MAX_MESSAGE: Final = 500


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's EXCEPTION_HANDLER: every exception of an API view becomes an envelope."""
    request = context.get("request")
    request_id = getattr(request, "request_id", "")
    if isinstance(exc, OperationalError | InterfaceError):
        # A lock or pool timeout, a lost connection, a server that restarts: all pass.
        cause = exc.__cause__
        logger.warning(
            "database_unavailable",
            error=type(cause or exc).__name__,
            sqlstate=getattr(cause, "sqlstate", None),
        )
        exc = errors.Unavailable()
    if isinstance(exc, errors.RentwellError):
        return _refusal(exc, request_id)
    known = _as_api_exception(exc)
    if known is not None:
        return _api_refusal(known, request_id)
    logger.error("unhandled_exception", exc_info=exc)
    # As for any other view: error trackers listen to this, and the test client raises by it.
    got_request_exception.send(sender=exception_handler, request=request)
    return failure(500, "internal_error", _INTERNAL, request_id=request_id)


def _refusal(exc: errors.RentwellError, request_id: str) -> Response:
    status = next(
        (_STATUS[kind] for kind in type(exc).__mro__ if kind in _STATUS), HTTPStatus.BAD_REQUEST
    )
    message = exc.message
    if isinstance(exc, errors.InvalidInput) and exc.errors:
        _, message = _field_errors(exc.errors)  # as for a shape: the sentence names the field
    response = failure(status, exc.code, message, errors=exc.errors, request_id=request_id)
    if exc.retry_after is not None:
        response["Retry-After"] = str(exc.retry_after)
    return response


def _as_api_exception(exc: Exception) -> drf.APIException | None:
    """REST framework's exception for one that Django raises; None for what nobody expected."""
    match exc:
        case drf.APIException():
            return exc
        case Http404():
            return drf.NotFound(errors.NotFound.default_message)
        case PermissionDenied():
            return drf.PermissionDenied(errors.NotPermitted.default_message)
        case RequestDataTooBig():
            return BodyTooLarge()
        case SuspiciousOperation() | UnreadablePostError():
            return drf.ParseError("The request could not be read.")
    return None


def _api_refusal(exc: drf.APIException, request_id: str) -> Response:
    fields: Mapping[str, Any] = {}
    if isinstance(exc, drf.ValidationError):
        fields, message = _field_errors(exc.detail)
        code = "invalid"
    else:
        message, code = _detail(exc)
    response = failure(exc.status_code, code, message, errors=fields, request_id=request_id)
    if header := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(math.ceil(wait))
    return response


def _detail(exc: drf.APIException) -> tuple[str, str]:
    detail: Any = exc.detail
    code: Any = getattr(detail, "code", None)
    if isinstance(detail, dict):  # simplejwt says {"detail": …, "code": …, "messages": …}
        code = detail.get("code")
        detail = detail.get("detail", exc.default_detail)
    if code is None or code in _GENERIC:
        code = _CODES.get(exc.status_code, exc.default_code)
    return _sentence(str(detail)), str(code)


def _field_errors(detail: Any) -> tuple[Mapping[str, Any], str]:
    """`errors` for the envelope, and a sentence that names the first field that is wrong."""
    if not isinstance(detail, dict):
        detail = {"non_field_errors": detail}
    path, text = _first_error(detail)
    return detail, _sentence(f"{path}: {text}" if path else text)


def _first_error(detail: Any) -> tuple[str, str]:
    """Path and text of the first error, such as ("cart_items[0].quantity", "Too many.")."""
    path = ""
    while isinstance(detail, dict | list):
        key, detail = _first_part(detail)
        if isinstance(key, str) and key != "non_field_errors":
            path += f".{key}" if path else key
        elif isinstance(key, int) and not isinstance(detail, str):
            path += f"[{key}]"
    return path, str(detail)


def _first_part(detail: dict[Any, Any] | list[Any]) -> tuple[Any, Any]:
    # A list holds either messages, or one entry per line with {} for each line that is right.
    pairs = detail.items() if isinstance(detail, dict) else enumerate(detail)
    return next(((key, value) for key, value in pairs if value), (None, "This is not valid."))


def _sentence(text: str) -> str:
    text = text if len(text) <= _MAX_MESSAGE else text[:_MAX_MESSAGE] + "…"
    return text if text.endswith((".", "!", "?", "…")) else text + "."


# --- Outside REST framework: unknown addresses, and errors before or beside a view ----------------

# Below these the answer is never HTML, whatever the client says that it accepts.
_API_PATHS: Final = ("/api/", "/auth/", "/catalog/", "/payments/")
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto">
<h1>{title}</h1><p>{message}</p><p><a href="/">Back to the start</a></p>
<p><small>{request_id}</small></p></body></html>
"""


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400, "invalid", "The request could not be read.")


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, errors.NotPermitted.code, errors.NotPermitted.default_message)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404, errors.NotFound.code, "There is nothing at this address.")


def handler500(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, "internal_error", _INTERNAL)


def _page(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    browser = "text/html" in request.headers.get("Accept", "")
    if browser and not request.path.startswith(_API_PATHS):
        # No template: whatever went wrong may have been in one.
        title = HTTPStatus(status).phrase
        html = _PAGE.format(title=title, message=message, request_id=request_id)
        return HttpResponse(html, status=status)
    return JsonResponse(failure_body(code, message, request_id=request_id), status=status)
