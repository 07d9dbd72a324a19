"""What a rental costs, and why (domain rules D3, D4). Amounts are integer minor units."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from common.deposits import DepositStrategy, strictest
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


def _least(sized: Sized, length: int) -> int:
    return _table_for(sized, length)[0][length] if length else 0


def _tiers_for(sized: Sized, length: int) -> Iterator[Tier]:
    while length > 0:
        size, tier = sized[_table_for(sized, length)[1][length]]
        yield tier
        length -= size


def cheapest_cover(tiers: tuple[Tier, ...], period: Period, zone: ZoneInfo) -> Cover:
    """The cheapest way to cover `period` by `tiers` (D3.2): whole days, then hours for the rest.

    Longer is never cheaper than shorter. Raises InvalidInput when the product has no price.
    """
    by_day = tuple((tier.days, tier) for tier in tiers if tier.unit is not TierUnit.HOUR)
    by_hour = tuple((tier.length, tier) for tier in tiers if tier.unit is TierUnit.HOUR)
    covers = [
        (_least(by_day, days) + _least(by_hour, hours), days, hours)
        for days, hours in _ways(period, zone, days=bool(by_day), hours=bool(by_hour))
    ]
    if not covers:
        raise InvalidInput("This product has no price for such a period.")
    amount, days, hours = min(covers, key=lambda cover: cover[0])
    return Cover((*_tiers_for(by_day, days), *_tiers_for(by_hour, hours)), amount)


def _ways(period: Period, zone: ZoneInfo, *, days: bool, hours: bool) -> Iterator[tuple[int, int]]:
    """How `period` can be split into (days, hours) by a product that has such prices."""
    whole_days = period.days(zone, DAY_GRACE)
    if days:
        yield whole_days, 0
    if hours:
        for number in range(whole_days if days else 1):
            yield number, period.hours_beyond(number, zone)


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
    secured_by: DepositStrategy = DepositStrategy.CHARGE


@dataclass(frozen=True)
class Totals:
    """The sums of rounded lines (D3.4); the deposit is apart, it is not revenue (D4)."""

    rent_minor: int
    tax_minor: int
    deposit_minor: int
    deposit_strategy: DepositStrategy = DepositStrategy.CHARGE

    @property
    def total_minor(self) -> int:
        """Rent and tax: what the rental costs."""
        return self.rent_minor + self.tax_minor

    @property
    def due_minor(self) -> int:
        """What is asked at checkout: the rental, and the deposit if that is charged."""
        is_charged = self.deposit_strategy is DepositStrategy.CHARGE
        return self.total_minor + (self.deposit_minor if is_charged else 0)


def price_line(
    *,
    tiers: tuple[Tier, ...],
    quantity: int,
    tax_rate: Decimal,
    deposit_unit_minor: int,
    currency: str,
    period: Period,
    zone: ZoneInfo,
    secured_by: DepositStrategy = DepositStrategy.CHARGE,
) -> LinePrice:
    """Price one line. The tax is rounded half up once, here (D3.4); the deposit is untaxed (D4).

    Every amount can be charged, even where the tiers are not in the currency's steps (row A10).
    """
    cover = cheapest_cover(tiers, period, zone)
    unit = round_minor(Decimal(cover.amount_minor), currency)
    asked = 0 if secured_by is DepositStrategy.NONE else deposit_unit_minor
    deposit_unit = round_minor(Decimal(asked), currency)
    rent = unit * quantity
    return LinePrice(
        quantity=quantity,
        unit_minor=unit,
        rent_minor=rent,
        tax_rate=tax_rate,
        tax_minor=round_minor(rent * tax_rate, currency),
        deposit_unit_minor=deposit_unit,
        deposit_minor=deposit_unit * quantity,
        cover=cover,
        secured_by=secured_by,
    )


def total(lines: list[LinePrice]) -> Totals:
    """Sum the lines. Raises AmountTooLarge above what a gateway can charge or hold at once."""
    totals = Totals(
        rent_minor=sum(line.rent_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        deposit_minor=sum(line.deposit_minor for line in lines),
        deposit_strategy=strictest(line.secured_by for line in lines if line.deposit_minor),
    )
    if max(totals.due_minor, totals.deposit_minor) > MAX_MINOR:
        raise AmountTooLarge(errors={"cart_items": [AmountTooLarge.default_message]})
    return totals
