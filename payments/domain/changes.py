"""Changing an order that stands: what may change when, what is kept, and which units it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from common.errors import InvalidInput
from payments.domain.cancellation import Policy, kept_of
from payments.domain.errors import IllegalStep, NothingToChange
from payments.domain.period import Period
from payments.domain.states import HOLDING, OrderStatus, Status


class ChangeKind(Status):
    """What was asked for; all three are computed and carried out in one way."""

    EXTEND = "EXTEND"
    SHORTEN = "SHORTEN"
    CHANGE = "CHANGE"


@dataclass(frozen=True)
class Shape:
    """An order as it is, or would be: when, and how many units of each product."""

    period: Period
    units: Mapping[UUID, int]


_WHY_NOT: Final = {
    OrderStatus.DRAFT: "It is a quote: ask us for another one.",
    OrderStatus.RETURNED: "Everything is back already.",
}


def check_change(
    status: OrderStatus,
    old: Shape,
    new: Shape,
    *,
    now: datetime,
    by_shop: bool,
    repriced: bool = False,
) -> None:
    """Whether an order may become `new`: a draft and everything before pickup, the return's time
    after it; `repriced` if its price is changed by hand besides.

    Raises IllegalStep, NothingToChange, and InvalidInput for a return that has passed.
    """
    if status is OrderStatus.DRAFT and by_shop:
        return
    if status not in HOLDING:
        word = status.label.lower()
        raise IllegalStep(_WHY_NOT.get(status, f"An order that is {word} cannot be changed."))
    if new == old and not repriced:
        raise NothingToChange
    if new.period.end <= now:
        raise _bad_end("Must be in the future.")
    if status is OrderStatus.PICKED_UP:
        _check_out(old, new, by_shop=by_shop)


def _check_out(old: Shape, new: Shape, *, by_shop: bool) -> None:
    if new.units != old.units or new.period.start != old.period.start:
        raise IllegalStep("The units are out: only the time of their return can change.")
    if new.period.end < old.period.end and not by_shop:
        raise IllegalStep("The units are out: the shop agrees with you on an earlier return.")


def check_direction(kind: ChangeKind, old: Period, new: Period) -> None:
    """Raises InvalidInput where an extension does not extend, or a shortening does not shorten."""
    if kind is ChangeKind.EXTEND and new.end <= old.end:
        raise _bad_end("Must be later than it is now.")
    is_inside = old.start <= new.start and new.end <= old.end
    if kind is ChangeKind.SHORTEN and not is_inside:
        raise _bad_end("The rental must lie within what it is now.")


def _bad_end(why: str) -> InvalidInput:
    return InvalidInput(f"rental_end_date: {why}", errors={"rental_end_date": [why]})


def percent_back(
    status: OrderStatus, policy: Policy, notice: timedelta, *, everything: bool
) -> int:
    """How much of the rent that is given up comes back: all before it is paid, then by the policy,
    and nothing after pickup."""
    if everything or status in (OrderStatus.DRAFT, OrderStatus.PENDING):
        return 100
    return 0 if status is OrderStatus.PICKED_UP else policy.percent_back(notice)


def fee_for(old_total: int, new_total: int, percent: int, currency: str) -> int:
    """What the shop keeps of the rent and tax that are given up, in minor units (D5).

    Never more than is given up, so nobody pays more for renting less.
    """
    given_up = max(0, old_total - new_total)
    return min(given_up, kept_of(given_up, percent, currency))


class Held(NamedTuple):
    """So many units of one product, from `start` until before `end`."""

    start: datetime
    end: datetime
    quantity: int


def additional(old: Sequence[Held], new: Sequence[Held]) -> list[Held]:
    """The units that `new` needs beyond `old`, instant by instant: the positive part of new − old.

    Held beside `old` they make room for `new`, and for nothing that is not needed.
    """
    instants = sorted({at for held in (*old, *new) for at in (held.start, held.end)})
    parts: list[Held] = []
    for start, end in pairwise(instants):
        more = _at(new, start) - _at(old, start)
        if more <= 0:
            continue
        if parts and (parts[-1].end, parts[-1].quantity) == (start, more):
            parts[-1] = parts[-1]._replace(end=end)
        else:
            parts.append(Held(start, end, more))
    return parts


def _at(rows: Sequence[Held], instant: datetime) -> int:
    return sum(row.quantity for row in rows if row.start <= instant < row.end)
