"""The fault plan: which calls, webhooks and payments go wrong, and how.

A call's fault is one of

* ``refuse``: the connection is cut and nothing is executed;
* ``drop_reply``: the call is executed, then the connection is cut without an answer;
* ``slow``: the call is executed, its answer begins ``seconds`` later;
* ``trickle``: the call is executed, its answer comes byte by byte, ``seconds`` apart;
* ``status_429``: too many requests, nothing is executed;
* ``saved_500``: Stripe broke; the answer is kept under the idempotency key. With
  ``"execute": true`` the work was done nevertheless.

A webhook's fault is one of

* ``never_made``: there is no such event, in no list either;
* ``lose``, ``double``, ``delay`` (by ``seconds``) or ``hold`` (until released);
* ``shuffle``: ``size`` of them are gathered and sent in another order;
* ``tamper`` (changed after signing), ``stale`` (signed ``seconds`` ago), ``other_secret`` (signed
  with ``secret``) or ``other_livemode``: the first attempt is forged, the retries are not.

An outcome is what befalls a payment ``seconds`` later: see ``outcomes.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

#: The kinds of each target, with the ``seconds`` that they have unless told otherwise.
KINDS: Mapping[str, Mapping[str, float]] = {
    "call": {
        "refuse": 0,
        "drop_reply": 0,
        "slow": 1,
        "trickle": 0.01,
        "status_429": 0,
        "saved_500": 0,
    },
    "webhook": {
        "lose": 0,
        "never_made": 0,
        "double": 0,
        "delay": 60,
        "hold": 0,
        "shuffle": 5,
        "tamper": 0,
        "stale": 600,
        "other_secret": 0,
        "other_livemode": 0,
    },
    "outcome": {
        "fail_refund": 60,
        "ask_about_refund": 1,
        "lapse_hold": 60,
        "dispute_charge": 60,
        "fail_payout": 60,
        "win_dispute": 60,
        "lose_dispute": 60,
    },
}
FORGERIES = ("tamper", "stale", "other_secret", "other_livemode")
#: The event after which each outcome may befall its object.
TRIGGERS = {
    "fail_refund": "refund.created",
    "ask_about_refund": "refund.created",
    "lapse_hold": "payment_intent.amount_capturable_updated",
    "dispute_charge": "charge.succeeded",
    "fail_payout": "payout.created",
    "win_dispute": "charge.dispute.created",
    "lose_dispute": "charge.dispute.created",
}
_TRIGGERING = frozenset(TRIGGERS.values())
NEVER_MADE = "never_made"


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
    chance: float = 1.0
    execute: bool = False
    size: int = 4
    secret: str = "whsec_of_somebody_else"  # noqa: S105 - it opens nothing
    hits: int = 0

    def spend(self, luck: Callable[[], float]) -> bool:
        """Whether the rule applies to this match, counting it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0 or (self.chance < 1 and luck() >= self.chance):
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


class FaultPlan:
    """Rules in the order in which they were given; the first that applies wins.

    Chance and disorder come from one generator, so the same seed, plan and calls repeat them.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self._rules: list[Rule] = []
        self._count = 0
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def add(self, wish: dict[str, Any]) -> Rule:
        """Put in a rule described as JSON; raises ``ValueError`` that says what is wrong."""
        target, members = _told_apart(dict(wish))
        self._count += 1
        rule = _rule(f"fault_{self._count}", target, members)
        self._rules.append(rule)
        return rule

    def for_call(self, method: str, path: str) -> Rule | None:
        """The fault for this call, if one is due."""

        def concerns(rule: Rule) -> bool:
            return (
                rule.target == "call"
                and rule.method in ("*", method)
                and fnmatchcase(path, rule.path)
            )

        return self._first(concerns)

    def prevents(self, event_type: str) -> bool:
        """Whether such an event is never made this time."""
        return self._first(lambda r: r.kind == NEVER_MADE and _of_type(r, event_type)) is not None

    def for_webhook(self, event_type: str) -> Rule | None:
        """The fault for one webhook of such an event, if one is due."""
        return self._first(
            lambda r: r.target == "webhook" and r.kind != NEVER_MADE and _of_type(r, event_type)
        )

    def outcome_after(self, event_type: str) -> Rule | None:
        """What is to befall the object of such an event, if anything."""
        if event_type not in _TRIGGERING:
            return None
        return self._first(lambda r: r.target == "outcome" and TRIGGERS.get(r.kind) == event_type)

    def shuffle(self, things: list[Any]) -> None:
        """Put ``things`` into an order that depends on the seed."""
        self._random.shuffle(things)

    def as_json(self) -> list[dict[str, Any]]:
        """The plan as it stands."""
        return [asdict(rule) for rule in self._rules]

    def remove(self, rule_id: str) -> bool:
        """Take one rule out; whether there was one."""
        kept = [rule for rule in self._rules if rule.id != rule_id]
        found = len(kept) < len(self._rules)
        self._rules = kept
        return found

    def clear(self) -> None:
        """No more faults, and the generator as it was at first."""
        self._rules = []
        self._count = 0
        self._random.seed(self._seed)

    def _first(self, concerns: Callable[[Rule], bool]) -> Rule | None:
        for rule in self._rules:
            if concerns(rule) and rule.spend(self._random.random):
                return rule
        return None


def _of_type(rule: Rule, event_type: str) -> bool:
    return fnmatchcase(event_type, rule.type)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "method": str,
    "path": str,
    "type": str,
    "seconds": (int, float),
    "times": (int, type(None)),
    "after": int,
    "chance": (int, float),
    "execute": bool,
    "size": int,
    "secret": str,
}


def _told_apart(wish: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    for target in ("webhook", "outcome"):
        if isinstance(wish.get(target), dict):
            return target, wish[target]
    return "call", {**wish.pop("match", {}), **wish}


def _rule(rule_id: str, target: str, members: dict[str, Any]) -> Rule:
    for name, value in members.items():
        expected = _TYPES.get(name)
        if expected is None:
            raise ValueError(f"unknown member {name!r}; known are {', '.join(_TYPES)}")
        if not isinstance(value, expected) or (isinstance(value, bool) and name != "execute"):
            raise ValueError(f"{name} has the wrong type: {value!r}")
        if isinstance(value, int | float) and value < 0:
            raise ValueError(f"{name} cannot be negative: {value!r}")
    kind = members.get("kind", "")
    if kind not in KINDS[target]:
        raise ValueError(f"kind must be one of {', '.join(KINDS[target])}")
    return Rule(**{"id": rule_id, "target": target, "seconds": KINDS[target][kind], **members})
