"""The kinds of refusal that every app speaks. No Django and no HTTP here: the API's exception
handler (common/api/exceptions.py) is the one place that turns a kind into a status."""

from collections.abc import Mapping
from typing import Any, ClassVar

FieldErrors = Mapping[str, Any]


class RentwellError(Exception):
    """Something was refused, and the caller can be told why.

    `code` is stable and for machines, `message` is a sentence for people, `errors` names the
    fields it concerns, `retry_after` is in seconds and set only where trying again makes sense.
    """

    code: ClassVar[str] = "error"
    default_message: ClassVar[str] = "The request could not be carried out."

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: FieldErrors | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.errors: FieldErrors = errors or {}
        self.retry_after = retry_after
        super().__init__(self.message)


class InvalidInput(RentwellError):
    """The input has the wrong shape or a value that can never be right (400)."""

    code = "invalid"
    default_message = "Some values are not valid."


class NotPermitted(RentwellError):
    """The caller is known, and may not do this (403)."""

    code = "not_permitted"
    default_message = "You are not allowed to do this."


class NotFound(RentwellError):
    """It does not exist, or is not the caller's: the answer is the same for both (404)."""

    code = "not_found"
    default_message = "Not found."


class Conflict(RentwellError):
    """A rule refuses it as things stand now (409)."""

    code = "conflict"
    default_message = "This is not possible in the present state."


class PaymentDeclined(RentwellError):
    """The bank or card said no (402)."""

    code = "payment_declined"
    default_message = "The payment was declined."


class KeyReused(RentwellError):
    """An Idempotency-Key came again with another request (422)."""

    code = "idempotency_key_reused"
    default_message = "This Idempotency-Key was used before with a different request."


class TooManyRequests(RentwellError):
    """A rate limit was reached (429)."""

    code = "too_many_requests"
    default_message = "Too many attempts. Please wait and try again."


class Unavailable(RentwellError):
    """A part we depend on does not answer; nothing is lost and trying again is safe (503)."""

    code = "unavailable"
    default_message = "The service is busy. Please try again in a moment."

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: FieldErrors | None = None,
        retry_after: int = 5,
    ) -> None:
        super().__init__(message, errors=errors, retry_after=retry_after)
