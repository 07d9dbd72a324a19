"""The one shape of every answer, and how the API's description tells it.

Success: `{"success": true, "message": "...", "data": ...}`, lists with `pagination` beside it.
Error: `{"success": false, "message": "...", "code": "...", "errors": {...}, "request_id": "..."}`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

View = TypeVar("View", bound=Callable[..., Any])
SerializerClass = type[serializers.BaseSerializer[Any]]


def ok(
    data: Any, message: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request that was carried out."""
    body = {"success": True, "message": message, "data": data}
    return Response(body, status=status, headers=dict(headers) if headers else None)


def failure(
    status: int,
    code: str,
    message: str,
    *,
    errors: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> Response:
    """The answer to a request that was refused. Only the exception handler should need it."""
    body = failure_body(code, message, errors=errors, request_id=request_id)
    return Response(body, status=status)


def failure_body(
    code: str, message: str, *, errors: Mapping[str, Any] | None = None, request_id: str = ""
) -> dict[str, Any]:
    """The error envelope itself, for answers that do not pass through REST framework."""
    return {
        "success": False,
        "message": message,
        "code": code,
        "errors": dict(errors or {}),
        "request_id": request_id,
    }


_ERROR: Final = inline_serializer(
    name="ErrorEnvelope",
    fields={
        "success": serializers.BooleanField(default=False),
        "message": serializers.CharField(help_text="A sentence for people."),
        "code": serializers.CharField(help_text="Stable, for machines."),
        "errors": serializers.DictField(help_text="What is wrong with which field, if any."),
        "request_id": serializers.CharField(help_text="Name it when you ask the shop for help."),
    },
)

_REASONS: Final = {
    400: "A value is missing or not valid; `errors` names the fields.",
    401: "Not logged in, or the token is not valid any more.",
    402: "The payment was declined.",
    403: "Logged in, but not allowed to do this.",
    404: "It does not exist, or belongs to someone else.",
    409: "A rule refuses it as things stand now.",
    413: "The request body is too large.",
    415: "The body must be JSON.",
    422: "The Idempotency-Key was used before with a different request.",
    429: "Too many attempts; `Retry-After` says when to try again.",
    503: "A part of the system does not answer; `Retry-After` says when to try again.",
}

# Status -> response, for `extend_schema(responses={201: …, **ERRORS})` or a selection of them.
ERRORS: Final[dict[int, OpenApiResponse]] = {
    status: OpenApiResponse(_ERROR, description=reason) for status, reason in _REASONS.items()
}


def envelope_of(
    serializer: SerializerClass | serializers.Field[Any, Any, Any, Any] | None,
    name: str,
    many: bool = False,
) -> Any:
    """A serializer, for OpenAPI only, of the success envelope around `serializer`.

    `name` is the component's name and must be unique, for example "Order" for "OrderEnvelope".
    Paginated lists do not need it: `responses=RowSerializer(many=True)` is wrapped by
    EnvelopePagination.
    """
    data: Any
    if serializer is None:
        data = serializers.JSONField(default=None, allow_null=True)
    elif isinstance(serializer, serializers.Field):
        data = serializer
    else:
        data = serializer(many=True) if many else serializer()
    return inline_serializer(
        name=f"{name}Envelope",
        fields={
            "success": serializers.BooleanField(default=True),
            "message": serializers.CharField(),
            "data": data,
        },
    )


def documented(
    summary: str,
    response: Any,
    *,
    status: int = 200,
    errors: Iterable[int] = (),
    request: Any = None,
    description: str | None = None,
    **kwargs: Any,
) -> Callable[[View], View]:
    """`extend_schema` in one line: what a success answers with, and which errors can come.

    `response` is a serializer as it is answered, so `envelope_of(…)` for a single object.
    """
    return extend_schema(
        summary=summary,
        description=description,
        request=request,
        responses={status: response, **{code: ERRORS[code] for code in errors}},
        **kwargs,
    )
