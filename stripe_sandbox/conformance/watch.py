"""``--check``: every call and every event is checked as it goes by, and findings are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .checks import check_answer, check_error, check_event, check_request
from .description import description
from .left_out import is_left_out
from .violation import Violation

#: How many different findings are kept; after that they are only counted.
KEPT = 300

#: Statuses after which parameters were found wrong, or were taken (a declined card's, too). Others,
#: such as 401, come before anything was read.
_REFUSED = (400, 404)
_TAKEN = (200, 402)
#: How the sandbox says that a parameter itself is wrong, whatever the state of its objects.
_WRONG_PARAMETER = frozenset(
    {
        "parameter_invalid_empty",
        "parameter_invalid_integer",
        "parameter_invalid_string",
        "parameter_missing",
        "parameter_unknown",
        "payment_method_types_no_longer_supported",
        "url_invalid",
    }
)

Finding = dict[str, Any]


class Watch:
    """Counts each kind of finding once, with how often and in which request it came first.

    ``side`` of a finding tells who is at fault: ``request`` (the sandbox took what Stripe does not
    describe), ``refusal`` (the sender was told that a parameter is wrong), ``answer``, ``error``
    and ``event`` (the sandbox gave what Stripe does not describe).
    """

    def __init__(self) -> None:
        self.count = 0
        self._findings: dict[tuple[str, str, Violation], Finding] = {}

    def call(
        self, method: str, path: str, params: dict[str, Any], status: int, body: bytes, id: str
    ) -> None:
        """Check a call and its answer; ``id`` is the journal's ``request_id``."""
        where = f"{method} {_template(method, path)}"
        document = json.loads(body)
        if status in _REFUSED:
            sent = check_request(method, path, params) or _refusal(document)
            self._note("refusal", where, sent, id)
        elif status in _TAKEN:
            self._note("request", where, check_request(method, path, params), id)
        if status < 400:
            self._note("answer", where, check_answer(method, path, document), id)
        else:
            self._note("error", where, check_error(document), id)

    def event(self, event: dict[str, Any]) -> None:
        """Check an event as it is sent."""
        self._note("event", event["type"], check_event(event), event["request"]["id"])

    def broken(self, method: str, path: str, id: str) -> None:
        """Note that the sandbox itself broke, which no description has."""
        violation = Violation("", "the sandbox itself broke")
        self._note("error", f"{method} {_template(method, path)}", [violation], id)

    def findings(self) -> list[Finding]:
        """What was found, in the order in which it came up."""
        return list(self._findings.values())

    def clear(self) -> None:
        """Forget all findings."""
        self.count = 0
        self._findings.clear()

    def _note(self, side: str, where: str, found: Iterable[Violation], id: str | None) -> None:
        for violation in found:
            if is_left_out(where, violation):
                continue
            self.count += 1
            key = (side, where, violation)
            if key in self._findings:
                self._findings[key]["count"] += 1
            elif len(self._findings) < KEPT:
                self._findings[key] = {
                    "side": side,
                    "where": where,
                    "place": violation.place,
                    "reason": violation.reason,
                    "request_id": id,
                    "count": 1,
                }


def _template(method: str, path: str) -> str:
    endpoint = description().endpoint(method, path)
    return endpoint.path if endpoint else path


def _refusal(document: dict[str, Any]) -> list[Violation]:
    error = document["error"]
    if error.get("code") not in _WRONG_PARAMETER:
        return []
    return [Violation(error.get("param", ""), f"was refused: {error['message']}")]
