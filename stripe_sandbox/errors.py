"""Stripe's error answers, as exceptions that the transport turns into JSON."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.stripe.com/error-codes/"


class StripeError(Exception):
    """An answer with an ``error`` object.

    ``executed`` says whether the endpoint had begun its work: only then is the answer kept
    under the caller's idempotency key (stripe.md, "Transport").
    """

    status = 400
    type = "invalid_request_error"
    executed = True

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.details = details
        if status is not None:
            self.status = status

    def body(self, request_log_url: str) -> dict[str, Any]:
        """The JSON document of this error; absent facts are left out, as Stripe does."""
        error: dict[str, Any] = {}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = DOCS + self.code.replace("_", "-")
        error["message"] = self.message
        if self.param is not None:
            error["param"] = self.param
        error["request_log_url"] = request_log_url
        error["type"] = self.type
        error.update((name, value) for name, value in self.details.items() if value is not None)
        return {"error": error}


class InvalidParamsError(StripeError):
    """The request was refused before anything was done."""

    executed = False


class StateConflictError(StripeError):
    """The request was well formed, but the object is in no state for it."""


class CardError(StripeError):
    """The card said no."""

    status = 402
    type = "card_error"


class AuthenticationError(StripeError):
    """No key, or one that is none of ours."""

    status = 401
    executed = False


class IdempotencyError(StripeError):
    """The idempotency key was used for something else, or is in use right now."""

    type = "idempotency_error"
    executed = False


class RateLimitError(StripeError):
    """Too many requests; nothing was executed."""

    status = 429
    executed = False


class ApiError(StripeError):
    """Something went wrong on Stripe's side; the answer is kept under the key."""

    status = 500
    type = "api_error"


def resource_missing(kind: str, object_id: str, param: str = "id") -> InvalidParamsError:
    """The 404 for an id that names nothing, e.g. ``No such payment_intent: 'pi_1'``."""
    return InvalidParamsError(
        f"No such {kind}: '{object_id}'", code="resource_missing", param=param, status=404
    )


def parameter_missing(param: str) -> InvalidParamsError:
    """The 400 for a required parameter that was not sent."""
    return InvalidParamsError(
        f"Missing required param: {param}.", code="parameter_missing", param=param
    )
