"""What is left out of the checks on purpose, each with its reason. Reviewed: keep it short."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .violation import Violation


@dataclass(frozen=True)
class LeftOut:
    """Findings that count for nothing. ``*`` in a pattern stands for anything."""

    where: str
    place: str
    reason: str
    why: str


LEFT_OUT = (
    LeftOut(
        where="* /v1/payment_pages/*",
        place="*",
        reason="no such endpoint is described",
        why="the payment page's own calls, which Stripe's CLI makes and no document describes",
    ),
    LeftOut(
        where="POST /v1/customers*",
        place="*",
        reason="is empty, *",
        why="an empty text clears it at Stripe; the SDK's declarations say so of some fields only",
    ),
    LeftOut(
        where="*",
        place="error.code",
        reason="'payment_method_types_no_longer_supported' *",
        why="Stripe documents this code in its changelog; the declarations list it nowhere",
    ),
)


def is_left_out(where: str, violation: Violation) -> bool:
    """Is this finding one of those?"""
    return any(
        _matches(one.where, where)
        and _matches(one.place, violation.place)
        and _matches(one.reason, violation.reason)
        for one in LEFT_OUT
    )


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
