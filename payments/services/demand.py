"""What is asked of products' units over time, as the gate counts it, for whole calendars."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from common.prepared import fetch
from payments.domain.period import Period, days_of
from payments.services.needs import Need

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# As many rentals times days are counted exactly for one calendar; it bounds what it may cost.
EXACT: Final = 20_000


class Demand(Protocol):
    """What is asked of one product's units."""

    def peak(self, within: Period) -> int:
        """The most at one instant of it, or more where that is not known exactly."""


@dataclass(frozen=True)
class Levels:
    """So much from each instant to the next; instants in microseconds since 1970, which are read
    and compared several times faster than times are."""

    instants: Sequence[int]
    levels: Sequence[int]

    def peak(self, within: Period) -> int:
        first = bisect_right(self.instants, _microseconds(within.start)) - 1
        return max(self.levels[first : bisect_left(self.instants, _microseconds(within.end))])


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class DayCounters:
    """So much at most on each UTC day; never below the true peak, and above it where rentals follow
    one another within a day."""

    by_day: Mapping[date, int]

    def peak(self, within: Period) -> int:
        return max(self.by_day[day] for day in days_of(within, UTC))


def demands(needs: Sequence[Need]) -> dict[UUID, Demand]:
    """By product, what is asked of it in all that its needs span; in three queries for any number.

    Exactly, until `EXACT` is used up; then by the day counters.
    """
    spans = _spans(needs)
    counters = _counters(spans)
    exact: dict[UUID, Period] = {}
    room = EXACT
    for product, span in spans.items():
        room -= sum(counters[product].values())
        if room >= 0:
            exact[product] = span
    cautious = {product: span for product, span in spans.items() if product not in exact}
    return {**_levels(exact), **_by_day(cautious, counters)}


def exact_demands(needs: Sequence[Need]) -> dict[UUID, Demand]:
    """The same, exactly whatever it costs; in one query."""
    return dict(_levels(_spans(needs)))


def _spans(needs: Iterable[Need]) -> dict[UUID, Period]:
    """By product, from the first start to the last end."""
    occupied: dict[UUID, list[Period]] = defaultdict(list)
    for need in needs:
        occupied[need.product_id].append(need.occupied)
    return {
        product: Period(min(one.start for one in some), max(one.end for one in some))
        for product, some in occupied.items()
    }


_COUNTERS: Final = """
SELECT product_id, day, used FROM payments_productday
WHERE product_id = ANY (%s) AND day BETWEEN %s AND %s
"""


def _counters(spans: Mapping[UUID, Period]) -> dict[UUID, dict[date, int]]:
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    first = min(span.start for span in spans.values()).date()
    last = max(span.end for span in spans.values()).date()
    for product, day, used in fetch(_COUNTERS, [list(spans), first, last]):
        found[product][day] = used
    return found


# Instants and levels as two lists: one row for each product is quicker than one for each step.
_LEVELS: Final = """
SELECT wanted.product,
    array_agg((extract(epoch FROM at) * 1000000)::bigint ORDER BY at),
    array_agg(level ORDER BY at)
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[])
    AS wanted (product, starts_at, ends_at),
    payments_levels(wanted.product, wanted.starts_at, wanted.ends_at, NULL)
GROUP BY wanted.product
"""


def _levels(spans: Mapping[UUID, Period]) -> dict[UUID, Levels]:
    if not spans:
        return {}
    starts = [span.start for span in spans.values()]
    ends = [span.end for span in spans.values()]
    rows = fetch(_LEVELS, [list(spans), starts, ends])
    return {product: Levels(at, level) for product, at, level in rows}


_CAUTION: Final = """
SELECT product, day, payments_caution(product, day)
FROM unnest(%s::uuid[], %s::date[]) AS wanted (product, day)
"""


def _by_day(
    spans: Mapping[UUID, Period], counters: Mapping[UUID, Mapping[date, int]]
) -> dict[UUID, DayCounters]:
    if not spans:
        return {}
    days = [(product, day) for product, span in spans.items() for day in days_of(span, UTC)]
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    rows = fetch(_CAUTION, [[product for product, _ in days], [day for _, day in days]])
    for product, day, caution in rows:
        found[product][day] = counters[product].get(day, 0) + caution
    return {product: DayCounters(by_day) for product, by_day in found.items()}
