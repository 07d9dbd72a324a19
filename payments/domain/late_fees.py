"""What a late return costs, by the rule as it was when the line was ordered (domain rule D4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.money import MAX_MINOR, format_money
from payments.domain.period import HOUR, Period
from payments.domain.states import Status

MINUTE = timedelta(minutes=1)


class LateUnit(Status):
    """What is counted: hours of elapsed time, or days on the shop's wall clock (D3.1)."""

    HOUR = "HOUR"
    DAY = "DAY"

    @property
    def word(self) -> str:
        return self.value.lower()


@dataclass(frozen=True)
class LateFee:
    """`amount_minor` for each rented unit and started hour or day; at most `cap_minor` for a unit.

    A return within `grace` costs nothing; after it, all the time since the due time counts. An
    amount of 0 asks for nothing, a cap of 0 is none.
    """

    amount_minor: int
    per: LateUnit = LateUnit.DAY
    grace: timedelta = timedelta(0)
    cap_minor: int = 0

    @classmethod
    def parse(cls, stored: Mapping[str, Any] | None) -> "LateFee":
        """The rule as a line stores it; None stands for a line that has none."""
        if not stored:
            return cls(0)
        return cls(
            stored["amount_minor"],
            LateUnit(stored["per"]),
            stored["grace_minutes"] * MINUTE,
            stored["cap_minor"],
        )

    def as_json(self) -> dict[str, Any] | None:
        if not self.amount_minor:
            return None
        return {
            "amount_minor": self.amount_minor,
            "per": self.per.value,
            "grace_minutes": self.grace // MINUTE,
            "cap_minor": self.cap_minor,
        }

    def words(self, currency: str) -> str:
        """What a customer reads before: "5.00 EUR for each unit and started hour, nothing up to
        30 min, at most 50.00 EUR a unit"."""
        amount = format_money(self.amount_minor, currency)
        grace = f", nothing up to {_words(self.grace)}" if self.grace else ""
        cap = f", at most {format_money(self.cap_minor, currency)} a unit" if self.cap_minor else ""
        return f"{amount} for each unit and started {self.per.word}{grace}{cap}"

    def started(self, late: Period, zone: ZoneInfo) -> int:
        """Hours or days that have begun of `late`, which begins at the due time."""
        if self.per is LateUnit.DAY:
            return late.days(zone, timedelta(0))
        return late.hours_beyond(0, zone)


@dataclass(frozen=True)
class LateCharge:
    """What is asked for `quantity` units, in minor units, and why."""

    amount_minor: int
    reason: str


def late_charge(
    rule: LateFee,
    *,
    quantity: int,
    due_at: datetime,
    back_at: datetime,
    zone: ZoneInfo,
    currency: str,
) -> LateCharge | None:
    """What `quantity` units that came back at `back_at` cost; None if they cost nothing."""
    if not rule.amount_minor or back_at <= due_at + rule.grace:
        return None
    late = Period(due_at, back_at)
    started = rule.started(late, zone)
    for_one = started * rule.amount_minor
    is_capped = 0 < rule.cap_minor < for_one
    total = min(MAX_MINOR, quantity * (rule.cap_minor if is_capped else for_one))
    return LateCharge(total, _reason(rule, quantity, late, started, is_capped, total, currency))


def _reason(
    rule: LateFee,
    quantity: int,
    late: Period,
    started: int,
    is_capped: bool,
    total: int,
    currency: str,
) -> str:
    """Such as "2 units, 3 h 20 min late: 2 × 4 started hours × 5.00 EUR = 40.00 EUR"."""
    grace = f" ({_words(rule.grace)} grace)" if rule.grace else ""
    cap = f", at most {format_money(rule.cap_minor, currency)} each" if is_capped else ""
    return (
        f"{_count(quantity, 'unit')}, {_words(late.duration)} late{grace}:"
        f" {quantity} × {_count(started, 'started ' + rule.per.word)}"
        f" × {format_money(rule.amount_minor, currency)}{cap} = {format_money(total, currency)}"
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _words(span: timedelta) -> str:
    """In days, hours and started minutes: `2 d 3 h 20 min`."""
    minutes = -(-span // MINUTE)
    hours, minutes = divmod(minutes, HOUR // MINUTE)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
