"""What an order may become, what is kept of what is given up, and which units it takes beside."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput, RentwellError
from payments.domain.cancellation import DEFAULT_POLICY
from payments.domain.changes import (
    ChangeKind,
    Held,
    Shape,
    additional,
    check_change,
    check_direction,
    fee_for,
    percent_back,
)
from payments.domain.errors import IllegalStep, NothingToChange
from payments.domain.period import DAY, HOUR, Period
from payments.domain.states import OrderStatus

NOON = datetime(2030, 5, 12, 12, tzinfo=UTC)
TENT, CHAIR = uuid4(), uuid4()
S = OrderStatus


def shape(start: int = 1, end: int = 3, tents: int = 1, chairs: int = 0) -> Shape:
    units: dict[UUID, int] = {TENT: tents} | ({CHAIR: chairs} if chairs else {})
    return Shape(Period(NOON + start * DAY, NOON + end * DAY), units)


@pytest.mark.parametrize(
    ("status", "by_shop", "new", "refusal"),
    [
        (S.CONFIRMED, False, shape(end=4), None),
        (S.CONFIRMED, False, shape(start=2, end=5, tents=3, chairs=1), None),
        (S.CONFIRMED, False, shape(), NothingToChange),
        (S.CONFIRMED, True, shape(start=-3, end=0), InvalidInput),
        (S.PICKED_UP, False, shape(end=4), None),
        (S.PICKED_UP, False, shape(end=2), IllegalStep),
        (S.PICKED_UP, True, shape(end=2), None),
        (S.PICKED_UP, True, shape(start=2), IllegalStep),
        (S.PICKED_UP, True, shape(tents=2), IllegalStep),
        (S.DRAFT, True, shape(tents=2), None),
        (S.DRAFT, False, shape(tents=2), IllegalStep),
        (S.PENDING, False, shape(start=2, end=5, tents=3, chairs=1), None),
        (S.PENDING, False, shape(), NothingToChange),
        (S.PENDING, True, shape(start=-3, end=0), InvalidInput),
        *((status, True, shape(end=4), IllegalStep) for status in (S.RETURNED, S.EXPIRED)),
        *((status, True, shape(end=4), IllegalStep) for status in (S.CANCELLED, S.COMPLETED)),
    ],
)
def test_what_may_change_when(
    status: OrderStatus, by_shop: bool, new: Shape, refusal: type[RentwellError] | None
) -> None:
    """D1"""
    if refusal is None:
        check_change(status, shape(), new, now=NOON, by_shop=by_shop)
        return
    with pytest.raises(refusal):
        check_change(status, shape(), new, now=NOON, by_shop=by_shop)


@pytest.mark.parametrize(
    ("kind", "new", "is_right"),
    [
        (ChangeKind.EXTEND, shape(end=4), True),
        (ChangeKind.EXTEND, shape(end=3), False),
        (ChangeKind.EXTEND, shape(end=2), False),
        (ChangeKind.SHORTEN, shape(start=2), True),
        (ChangeKind.SHORTEN, shape(end=2), True),
        (ChangeKind.SHORTEN, shape(end=4), False),
        (ChangeKind.SHORTEN, shape(start=0, end=2), False),
        (ChangeKind.CHANGE, shape(start=5, end=9), True),
    ],
)
def test_an_extension_extends_and_a_shortening_shortens(
    kind: ChangeKind, new: Shape, is_right: bool
) -> None:
    if is_right:
        check_direction(kind, shape().period, new.period)
        return
    with pytest.raises(InvalidInput):
        check_direction(kind, shape().period, new.period)


@pytest.mark.parametrize(
    ("status", "notice", "everything", "percent"),
    [
        (S.CONFIRMED, 8 * DAY, False, 100),
        (S.CONFIRMED, 3 * DAY, False, 50),
        (S.CONFIRMED, DAY, False, 0),
        (S.CONFIRMED, DAY, True, 100),
        (S.PICKED_UP, 8 * DAY, False, 0),
        (S.PICKED_UP, 8 * DAY, True, 100),
        (S.DRAFT, DAY, False, 100),
        (S.PENDING, DAY, False, 100),
    ],
)
def test_how_much_of_what_is_given_up_comes_back(
    status: OrderStatus, notice: timedelta, everything: bool, percent: int
) -> None:
    """D5"""
    assert percent_back(status, DEFAULT_POLICY, notice, everything=everything) == percent


@given(
    old=st.integers(0, 10**8),
    new=st.integers(0, 10**8),
    percent=st.integers(0, 100),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "ISK"]),
)
def test_nobody_pays_more_for_renting_less(old: int, new: int, percent: int, currency: str) -> None:
    """D5: and nothing is kept where nothing is given up."""
    fee = fee_for(old, new, percent, currency)
    assert 0 <= fee <= max(0, old - new)
    assert percent < 100 or fee == 0


HELD = st.builds(
    lambda start, length, quantity: Held(
        NOON + start * HOUR, NOON + (start + length) * HOUR, quantity
    ),
    st.integers(0, 20),
    st.integers(1, 12),
    st.integers(1, 4),
)


def at(rows: list[Held], hour: int) -> int:
    instant = NOON + hour * HOUR
    return sum(row.quantity for row in rows if row.start <= instant < row.end)


@given(old=st.lists(HELD, max_size=5), new=st.lists(HELD, max_size=5))
def test_what_is_held_beside_is_exactly_what_is_missing(old: list[Held], new: list[Held]) -> None:
    """Against brute force, hour by hour."""
    more = additional(old, new)
    assert [at(more, hour) for hour in range(34)] == [
        max(0, at(new, hour) - at(old, hour)) for hour in range(34)
    ]
    assert all(row.quantity > 0 and row.start < row.end for row in more)
