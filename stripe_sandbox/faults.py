"""The fault plan: which calls and which webhooks go wrong, and how.

A call's fault is one of

* ``refuse``: the connection is cut and nothing is executed;
* ``drop_reply``: the call is executed, then the connection is cut without an answer;
* ``slow``: the call is executed, its answer comes ``seconds`` later;
* ``status_429``: too many requests, nothing is executed;
* ``saved_500``: Stripe broke; the answer is kept under the idempotency key. With
  ``"execute": true`` the work was done nevertheless.

A webhook's fault is ``lose``, ``double``, ``delay`` (by ``seconds``) or ``hold`` (until released).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

CALL_KINDS = ("refuse", "drop_reply", "slow", "status_429", "saved_500")
WEBHOOK_KINDS = ("lose", "double", "delay", "hold")


@dataclass
class Rule:
    """One line of the plan; ``times`` counts down, ``None`` means for ever."""

    id: str
    target: str
    kind: str
    method: str = "*"
    path: str = "*"
    type: str = "*"
    seconds: float = 0.0
    times: int | None = None
    after: int = 0
    execute: bool = False
    hits: int = 0

    def spend(self) -> bool:
        """Whether the rule applies to this match, counting it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


class FaultPlan:
    """Rules in the order in which they were given; the first that applies wins."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._count = 0

    def add(self, wish: dict[str, Any]) -> Rule:
        """Put in a rule described as JSON; raises ``ValueError`` that says what is wrong."""
        wish = dict(wish)
        webhook = wish.pop("webhook", None)
        target = "call" if webhook is None else "webhook"
        members = webhook if isinstance(webhook, dict) else {**wish.pop("match", {}), **wish}
        self._count += 1
        rule = _rule(f"fault_{self._count}", target, members)
        self._rules.append(rule)
        return rule

    def for_call(self, method: str, path: str) -> Rule | None:
        """The fault for this call, if one is due."""
        for rule in self._rules:
            if (
                rule.target == "call"
                and rule.method in ("*", method)
                and fnmatchcase(path, rule.path)
                and rule.spend()
            ):
                return rule
        return None

    def for_event(self, event_type: str) -> Rule | None:
        """The fault for the webhook of such an event, if one is due."""
        for rule in self._rules:
            if rule.target == "webhook" and fnmatchcase(event_type, rule.type) and rule.spend():
                return rule
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """The plan as it stands."""
        return [asdict(rule) for rule in self._rules]

    def clear(self) -> None:
        """No more faults."""
        self._rules.clear()


_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "method": str,
    "path": str,
    "type": str,
    "seconds": (int, float),
    "times": (int, type(None)),
    "after": int,
    "execute": bool,
}


def _rule(rule_id: str, target: str, members: dict[str, Any]) -> Rule:
    for name, value in members.items():
        expected = _TYPES.get(name)
        if expected is None:
            raise ValueError(f"unknown member {name!r}; known are {', '.join(_TYPES)}")
        if not isinstance(value, expected) or (isinstance(value, bool) and name != "execute"):
            raise ValueError(f"{name} has the wrong type: {value!r}")
    kinds = CALL_KINDS if target == "call" else WEBHOOK_KINDS
    if members.get("kind") not in kinds:
        raise ValueError(f"kind must be one of {', '.join(kinds)}")
    return Rule(id=rule_id, target=target, **members)
