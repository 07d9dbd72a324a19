"""The checks: pure functions that return what they find."""

from __future__ import annotations

from typing import Any

from .answers import Answers
from .description import description
from .params import Params
from .violation import Violation

_NOT_DESCRIBED = [Violation("", "no such endpoint is described")]


def check_request(method: str, path: str, params: dict[str, Any]) -> list[Violation]:
    """Is this what the endpoint takes? ``params`` as ``forms.decode`` returns them."""
    endpoint = description().endpoint(method, path)
    if endpoint is None:
        return _NOT_DESCRIBED
    return Params(description()).check(params, endpoint.params)


def check_answer(method: str, path: str, body: Any) -> list[Violation]:
    """Is this what the endpoint answers when it succeeds? ``body`` as JSON was read."""
    endpoint = description().endpoint(method, path)
    if endpoint is None:
        return _NOT_DESCRIBED
    return Answers(description()).check(body, endpoint.answer)


def check_error(body: Any) -> list[Violation]:
    """Is this how Stripe says no?"""
    shape = {"fields": {"error": description().error()}}
    return Answers(description()).check(body, shape)


def check_event(event: Any) -> list[Violation]:
    """Is this an event as Stripe sends it?"""
    return Answers(description()).check(event, "event")
