"""The cheapest cover where days differ in price: tiers are laid on days of the shop's calendar.

A tier laid on some days costs its amount times the mean factor of exactly these days. The rental
costs the cheapest row of laid tiers that reaches over all of its days; it may begin before them and
end after them. So every cover of a longer rental also covers a shorter one inside it, and longer is
never cheaper than shorter (D3.2), whatever the rules are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import accumulate, count
from math import inf, lcm, prod
from zoneinfo import ZoneInfo

from payments.domain.period import Period
from payments.domain.pricing.rules import PriceRule, factor_of
from payments.domain.pricing.tiers import (
    Sized,
    Tier,
    by_size,
    fixed_price,
    least,
    tiers_for,
    ways,
)

# A day of the shop's calendar, counted from the one on which the rental begins: that is 0.
Position = int

# The factor of a day as an integer over a common denominator, as costs are, too: fractions take
# several times as long.
Weight = Callable[[Position], int]


@dataclass(frozen=True)
class Laid:
    """A tier on the calendar days that it was laid on; hours and fixed prices lie on one day."""

    tier: Tier
    days: tuple[date, ...]


@dataclass(frozen=True)
class _Row:
    """The cheapest row of laid tiers that reaches `end`: `before`, and then `tier` from `first`."""

    cost: int
    end: Position
    tier: Tier | None = None
    first: Position = 0
    before: "_Row | None" = None

    def laid(self, day_zero: date) -> Iterator[Laid]:
        if self.tier and self.before:
            yield from self.before.laid(day_zero)
            positions = range(self.first, self.first + self.tier.days)
            yield Laid(self.tier, tuple(day_zero + timedelta(place) for place in positions))


def rules_in_reach(
    tiers: Sequence[Tier], rules: Sequence[PriceRule], period: Period, zone: ZoneInfo
) -> tuple[PriceRule, ...]:
    """Those of `rules` that can change what `period` costs."""
    if not rules:
        return ()
    around = max((tier.days for tier in tiers if tier.counts_days), default=0)
    first, last = _first_and_last(period, zone)
    reach = range(-around, (last - first).days + around + 1)
    return tuple(
        rule for rule in rules if any(rule.is_for(first + timedelta(place)) for place in reach)
    )


def cheapest_laid(
    tiers: tuple[Tier, ...], rules: Sequence[PriceRule], period: Period, zone: ZoneInfo
) -> tuple[Laid, ...]:
    """The cheapest way to cover `period` by `tiers` under `rules`: whole days, then hours.

    A day of the rental has the price of the calendar day on which it begins. Hours, and a fixed
    price, are charged by the dearest calendar day that the rental touches. Raises InvalidInput
    without any price.
    """
    by_day, by_hour = by_size(tiers)
    fixed = fixed_price(tiers)
    first, last = _first_and_last(period, zone)
    common = prod(rule.factor.denominator for rule in rules)
    weight = cache(lambda place: int(factor_of(rules, first + timedelta(place)) * common))
    dearest = max(range((last - first).days + 1), key=weight)
    splits = list(ways(by_day, by_hour, period, zone))
    part = lcm(*(size for size, _ in by_day))  # a tier's day costs a whole number of these parts
    rows = _cheapest_rows(by_day, weight, max((days for days, _ in splits), default=0), part)
    at_most = weight(dearest) * part  # of one minor unit, on the dearest day
    cost, days, hours = min(
        (
            (rows[days].cost + least(by_hour, hours) * at_most, days, hours)
            for days, hours in splits
        ),
        key=lambda way: way[0],
        default=(inf, 0, 0),
    )
    on_dearest = (first + timedelta(dearest),)
    if fixed and fixed.amount_minor * at_most < cost:
        return (Laid(fixed, on_dearest),)
    by_the_hour = (Laid(tier, on_dearest) for tier in tiers_for(by_hour, hours))
    longest_first = sorted(rows[days].laid(first), key=lambda part: -len(part.days))
    return (*longest_first, *by_the_hour)


def _first_and_last(period: Period, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last calendar day that the period touches."""
    moments: tuple[datetime, ...] = (period.start, period.end - timedelta(microseconds=1))
    first, last = (moment.astimezone(zone).date() for moment in moments)
    return first, last


def _cheapest_rows(by_day: Sized, weight: Weight, days: int, part: int) -> list[_Row]:
    """For each number up to `days`: the cheapest row over the first so many days of the rental.

    Goes from day to day with all rows that reach the day in a heap, the cheapest on top: that is
    the one to go on from. Of equal ones it is the one with the fewest tiers.
    """
    longest = max((size for size, _ in by_day), default=1)
    sums = [0, *accumulate(weight(p) for p in range(1 - longest, days + longest))]
    number = count()  # heaps compare; rows do not
    heap, found = [(0, 0, next(number), _Row(0, 0))], []
    for place in range(1 - longest, days + 1):
        while heap[0][-1].end < place:
            heappop(heap)
        cost, parts, _, best = heap[0]
        found.append(best)
        for size, tier in by_day:
            if place + size > 0:
                begin = place + longest - 1
                weights = sums[begin + size] - sums[begin]
                more = tier.amount_minor * weights * (part // size)
                row = _Row(cost + more, place + size, tier, place, best)
                heappush(heap, (row.cost, parts + 1, next(number), row))
    return found[longest - 1 :]
