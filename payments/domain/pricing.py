"""What a rental costs, and why (domain rules D3, D4). Amounts are integer minor units."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import InvalidInput
from common.money import MAX_MINOR, round_minor
from payments.domain.errors import AmountTooLarge
from payments.domain.period import Period

# A return this much later than the last full day still counts as that day (D3.1).
DAY_GRACE: Final = timedelta(minutes=59)


class TierUnit(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


DAYS_PER_UNIT: Final = {TierUnit.DAY: 1, TierUnit.WEEK: 7, TierUnit.MONTH: 30}


@dataclass(frozen=True)
class Tier:
    """`amount_minor` for one unit of the product for `length` hours, days, weeks or months."""

    unit: TierUnit
    length: int
    amount_minor: int

    @property
    def days(self) -> int:
        return DAYS_PER_UNIT[self.unit] * self.length

    @property
    def name(self) -> str:
        word = self.unit.value.lower()
        return f"1 {word}" if self.length == 1 else f"{self.length} {word}s"


@dataclass(frozen=True)
class Cover:
    """The tiers that a period is charged by; the same tier may stand several times."""

    tiers: tuple[Tier, ...]
    amount_minor: int

    def breakdown(self) -> list[dict[str, str | int]]:
        """One row per different tier, for storing on the line (D3.5)."""
        return [
            {"tier": tier.name, "times": self.tiers.count(tier), "amount_minor": tier.amount_minor}
            for tier in dict.fromkeys(self.tiers)
        ]


def _cheapest(tiers: tuple[tuple[int, Tier], ...], length: int) -> Cover | None:
    """The cheapest set of (size, tier) that covers `length`, overshooting if that is cheaper."""
    best: list[Cover] = [Cover((), 0)]
    for reach in range(1, length + 1):
        options = (
            (best[max(0, reach - size)].amount_minor + tier.amount_minor, size, tier)
            for size, tier in tiers
        )
        amount, size, tier = min(options, key=lambda option: (option[0], -option[1]))
        best.append(Cover((*best[max(0, reach - size)].tiers, tier), amount))
    return best[length]


@lru_cache(maxsize=4096)
def _cover_days(tiers: tuple[Tier, ...], days: int) -> Cover | None:
    sized = tuple((tier.days, tier) for tier in tiers if tier.unit is not TierUnit.HOUR)
    if days == 0:
        return Cover((), 0)
    return _cheapest(sized, days) if sized else None


@lru_cache(maxsize=4096)
def _cover_hours(tiers: tuple[Tier, ...], hours: int) -> Cover | None:
    sized = tuple((tier.length, tier) for tier in tiers if tier.unit is TierUnit.HOUR)
    if hours == 0:
        return Cover((), 0)
    return _cheapest(sized, hours) if sized else None


def cheapest_cover(tiers: tuple[Tier, ...], period: Period, zone: ZoneInfo) -> Cover:
    """The cheapest way to cover `period` by `tiers` (D3.2): whole days, then hours for the rest.

    Longer is never cheaper than shorter. Raises InvalidInput when the product has no price.
    """
    covers: list[Cover] = []
    whole_days = period.days(zone, DAY_GRACE)
    if (by_days := _cover_days(tiers, whole_days)) is not None:
        covers.append(by_days)
    if any(tier.unit is TierUnit.HOUR for tier in tiers):
        covers += _mixed_covers(tiers, period, zone, whole_days)
    if not covers:
        raise InvalidInput("This product has no price for such a period.")
    return min(covers, key=lambda cover: cover.amount_minor)


def _mixed_covers(
    tiers: tuple[Tier, ...], period: Period, zone: ZoneInfo, whole_days: int
) -> list[Cover]:
    covers = []
    for days in range(whole_days):
        by_days = _cover_days(tiers, days)
        by_hours = _cover_hours(tiers, period.hours_beyond(days, zone))
        if by_days is not None and by_hours is not None:
            amount = by_days.amount_minor + by_hours.amount_minor
            covers.append(Cover(by_days.tiers + by_hours.tiers, amount))
    return covers


@dataclass(frozen=True)
class LinePrice:
    """One line of a quote: `quantity` units of a product for the period."""

    quantity: int
    unit_minor: int
    rent_minor: int
    tax_rate: Decimal
    tax_minor: int
    deposit_unit_minor: int
    deposit_minor: int
    cover: Cover


@dataclass(frozen=True)
class Totals:
    """The sums of rounded lines (D3.4); the deposit is apart, it is not revenue (D4)."""

    rent_minor: int
    tax_minor: int
    deposit_minor: int

    @property
    def total_minor(self) -> int:
        """Rent and tax: what the rental costs."""
        return self.rent_minor + self.tax_minor

    @property
    def due_minor(self) -> int:
        """What is asked at checkout: the rental and the deposit."""
        return self.total_minor + self.deposit_minor


def price_line(
    *,
    tiers: tuple[Tier, ...],
    quantity: int,
    tax_rate: Decimal,
    deposit_unit_minor: int,
    currency: str,
    period: Period,
    zone: ZoneInfo,
) -> LinePrice:
    """Price one line. The tax is rounded half up once, here (D3.4); the deposit is untaxed (D4)."""
    cover = cheapest_cover(tiers, period, zone)
    rent = cover.amount_minor * quantity
    return LinePrice(
        quantity=quantity,
        unit_minor=cover.amount_minor,
        rent_minor=rent,
        tax_rate=tax_rate,
        tax_minor=round_minor(rent * tax_rate, currency),
        deposit_unit_minor=deposit_unit_minor,
        deposit_minor=deposit_unit_minor * quantity,
        cover=cover,
    )


def total(lines: list[LinePrice]) -> Totals:
    """Sum the lines. Raises AmountTooLarge above what a gateway can charge at once."""
    totals = Totals(
        rent_minor=sum(line.rent_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        deposit_minor=sum(line.deposit_minor for line in lines),
    )
    if totals.due_minor > MAX_MINOR:
        raise AmountTooLarge
    return totals
