"""Price tiers, and the cheapest cover of a period by them (domain rule D3.2)."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from common.errors import InvalidInput
from payments.domain.period import Period

# A return this much later than the last full day still counts as that day (D3.1).
DAY_GRACE: Final = timedelta(minutes=59)


class TierUnit(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    FIXED = "FIXED"


DAYS_PER_UNIT: Final = {TierUnit.DAY: 1, TierUnit.WEEK: 7, TierUnit.MONTH: 30}


@dataclass(frozen=True)
class Tier:
    """`amount_minor` for one unit of the product for `length` hours, days, weeks or months, or
    fixed for any rental."""

    unit: TierUnit
    length: int
    amount_minor: int

    @property
    def counts_days(self) -> bool:
        return self.unit in DAYS_PER_UNIT

    @property
    def days(self) -> int:
        return DAYS_PER_UNIT[self.unit] * self.length

    @property
    def name(self) -> str:
        if self.unit is TierUnit.FIXED:
            return "fixed price"
        word = self.unit.value.lower()
        return f"1 {word}" if self.length == 1 else f"{self.length} {word}s"


@dataclass(frozen=True)
class Cover:
    """The tiers that a period is charged by; the same tier may stand several times.

    `factors` has one per tier where price rules are in force: the mean of the days it stands on.
    """

    tiers: tuple[Tier, ...]
    amount_minor: int
    factors: tuple[Fraction, ...] = ()

    def breakdown(self) -> list[dict[str, Any]]:
        """One row per different tier and factor, for storing on the line (D3.5)."""
        if not self.factors:
            return [_row(tier, times) for tier, times in Counter(self.tiers).items()]
        laid = Counter(zip(self.tiers, self.factors, strict=True))
        return [
            {**_row(tier, times), "factor": f"{float(factor):.4f}"}
            for (tier, factor), times in laid.items()
        ]

    @property
    def words(self) -> str:
        """Such as `1 week + 2 × 1 day`."""
        return " + ".join(
            tier.name if times == 1 else f"{times} × {tier.name}"
            for tier, times in Counter(self.tiers).items()
        )


def _row(tier: Tier, times: int) -> dict[str, Any]:
    return {"tier": tier.name, "times": times, "amount_minor": tier.amount_minor}


# Tiers by what they measure in: days, or hours of elapsed time.
Sized = tuple[tuple[int, Tier], ...]


@lru_cache(maxsize=256)
def _table(sized: Sized, bound: int) -> tuple[Sequence[int], Sequence[int]]:
    """For each length up to `bound`: the least amount that covers it, and which tier comes last."""
    amounts, last = array("q", [0]), array("H", [0])
    for reach in range(1, bound + 1):
        # Of equal amounts the longest tier: it is the shortest thing to explain.
        amount, _, place = min(
            (amounts[max(0, reach - size)] + tier.amount_minor, -size, place)
            for place, (size, tier) in enumerate(sized)
        )
        amounts.append(amount)
        last.append(place)
    return amounts, last


def _table_for(sized: Sized, length: int) -> tuple[Sequence[int], Sequence[int]]:
    return _table(sized, 1 << length.bit_length())  # few different bounds, so few tables


def least(sized: Sized, length: int) -> int:
    """The least amount that covers `length` days or hours."""
    return _table_for(sized, length)[0][length] if length else 0


def tiers_for(sized: Sized, length: int) -> Iterator[Tier]:
    """The tiers of that cheapest cover."""
    while length > 0:
        size, tier = sized[_table_for(sized, length)[1][length]]
        yield tier
        length -= size


def cheapest_cover(tiers: tuple[Tier, ...], period: Period, zone: ZoneInfo) -> Cover:
    """The cheapest way to cover `period` by `tiers` (D3.2): whole days, then hours for the rest,
    or a fixed price for all of it.

    Longer is never cheaper than shorter. Raises InvalidInput when the product has no price.
    """
    by_day, by_hour = by_size(tiers)
    fixed = fixed_price(tiers)
    amount, days, hours = min(
        (
            (least(by_day, days) + least(by_hour, hours), days, hours)
            for days, hours in ways(by_day, by_hour, period, zone)
        ),
        key=lambda cover: cover[0],
        default=(inf, 0, 0),
    )
    if fixed and fixed.amount_minor < amount:
        return Cover((fixed,), fixed.amount_minor)
    return Cover((*tiers_for(by_day, days), *tiers_for(by_hour, hours)), int(amount))


def by_size(tiers: tuple[Tier, ...]) -> tuple[Sized, Sized]:
    """The tiers that count days, and those that count hours of elapsed time."""
    return (
        tuple((tier.days, tier) for tier in tiers if tier.counts_days),
        tuple((tier.length, tier) for tier in tiers if tier.unit is TierUnit.HOUR),
    )


def fixed_price(tiers: tuple[Tier, ...]) -> Tier | None:
    """The tier that is for any rental, however long, if there is one. Raises InvalidInput where
    there is no tier at all: such a product has no price."""
    if not tiers:
        raise InvalidInput("This product has no price for such a period.")
    return next((tier for tier in tiers if tier.unit is TierUnit.FIXED), None)


def ways(
    by_day: Sized, by_hour: Sized, period: Period, zone: ZoneInfo
) -> Iterator[tuple[int, int]]:
    """How `period` can be split into (days, hours): all in days first."""
    whole_days = period.days(zone, DAY_GRACE)
    if by_day:
        yield whole_days, 0
    if by_hour:
        for number in range(whole_days if by_day else 1):
            yield number, period.hours_beyond(number, zone)
