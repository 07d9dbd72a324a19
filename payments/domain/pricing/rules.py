"""Price rules: the seasons and weekdays on which the days of the shop cost more or less (D3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import prod


@dataclass(frozen=True)
class PriceRule:
    """On the days that it is for, prices are `percent` higher, or lower if that is below zero.

    It is for the days from `first_on` to `last_on`, if they are given, that are one of `weekdays`
    (1 is Monday, 7 Sunday), if there are any. `every_year`: whatever the year of the two days is;
    a season may span New Year.
    """

    name: str
    percent: Decimal
    first_on: date | None = None
    last_on: date | None = None
    every_year: bool = False
    weekdays: frozenset[int] = frozenset()

    def is_for(self, day: date) -> bool:
        if self.weekdays and day.isoweekday() not in self.weekdays:
            return False
        if self.first_on is None or self.last_on is None:
            return True
        if not self.every_year:
            return self.first_on <= day <= self.last_on
        first, last, asked = ((d.month, d.day) for d in (self.first_on, self.last_on, day))
        is_after, is_before = first <= asked, asked <= last
        return is_after and is_before if first <= last else is_after or is_before

    @cached_property
    def factor(self) -> Fraction:
        """What it multiplies the prices of its days by."""
        return 1 + Fraction(self.percent) / 100


def factor_of(rules: Sequence[PriceRule], day: date) -> Fraction:
    """What a price is multiplied by on `day`: the factors of all rules together."""
    return prod((rule.factor for rule in rules if rule.is_for(day)), start=Fraction(1))


def mean_factor(rules: Sequence[PriceRule], days: Sequence[date]) -> Fraction:
    return sum((factor_of(rules, day) for day in days), Fraction(0)) / len(days)
