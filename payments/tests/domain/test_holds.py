"""D4: when a deposit is held on a card, held again, and let go. Row D08."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.deposits import DepositStrategy, strictest
from payments.domain.holds import (
    DepositStatus,
    Hold,
    HoldPlan,
    Rental,
    needed_until,
    plan_holds,
    secures,
    status_of_holds,
)
from payments.domain.states import OrderStatus, PaymentStatus

NOW: Final = datetime(2027, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAD, INSPECTION = timedelta(hours=24), timedelta(hours=48)


def rental(
    status: OrderStatus = OrderStatus.CONFIRMED,
    start: timedelta = -DAY,
    end: timedelta = DAY,
    settled: bool = False,
) -> Rental:
    """It begins and ends so long from NOW."""
    return Rental(status, NOW + start, NOW + end, settled)


def hold(
    number: int = 1,
    ends: timedelta = 4 * DAY,
    status: PaymentStatus = PaymentStatus.AUTHORIZED,
    closing: bool = False,
    on_page: bool = False,
) -> Hold:
    return Hold(number, status, NOW + ends, closing, on_page)


def plan(order: Rental, *holds: Hold) -> HoldPlan:
    return plan_holds(order, holds, NOW, lead=LEAD, inspection=INSPECTION)


def status(order: Rental, *holds: Hold) -> DepositStatus:
    return status_of_holds(order, holds, NOW, inspection=INSPECTION)


@pytest.mark.parametrize(
    ("start", "is_placed"), [(25 * HOUR, False), (24 * HOUR, True), (-HOUR, True)]
)
def test_the_first_hold_is_placed_shortly_before_the_rental(
    start: timedelta, is_placed: bool
) -> None:
    assert plan(rental(start=start, end=9 * DAY)).place is is_placed


# How long the hold stands, how long the rental goes on, and whether a new hold is placed: a day
# before the old one ends, if there may be a claim after that.
RENEWALS: Final = [
    (25 * HOUR, 9 * DAY, False),
    (24 * HOUR, 9 * DAY, True),
    (HOUR, 9 * DAY, True),
    (2 * HOUR, HOUR, True),  # D08: the return is an hour before the end of the hold
    (HOUR, 2 * HOUR, True),  # D08: and an hour after it
    (HOUR, -48 * HOUR, False),  # the inspection is over by then
    (HOUR, -47 * HOUR, False),
    (HOUR, -46 * HOUR, True),
]


@pytest.mark.parametrize(("ends", "returns", "is_placed"), RENEWALS)
def test_a_hold_is_followed_by_a_new_one_in_time(
    ends: timedelta, returns: timedelta, is_placed: bool
) -> None:
    order = rental(OrderStatus.RETURNED, start=-20 * DAY, end=returns)
    assert plan(order, hold(ends=ends)) == HoldPlan([], is_placed)


def test_an_overdue_rental_may_end_at_any_time() -> None:
    order = rental(OrderStatus.PICKED_UP, end=-10 * DAY)
    assert needed_until(order, NOW, INSPECTION) == NOW + INSPECTION
    assert plan(order, hold(ends=HOUR)).place


def test_the_old_hold_is_let_go_when_the_new_one_stands() -> None:
    old, asked = hold(1, HOUR), hold(2, status=PaymentStatus.PENDING)
    assert plan(rental(end=9 * DAY), old, asked) == HoldPlan([], place=False)
    assert plan(rental(end=9 * DAY), old, hold(2)) == HoldPlan([1], place=False)


@pytest.mark.parametrize("end", [PaymentStatus.FAILED, PaymentStatus.CANCELLED])
def test_after_a_refusal_nothing_is_placed_by_itself(end: PaymentStatus) -> None:
    assert plan(rental(), hold(1, status=end)) == HoldPlan()
    assert plan(rental(end=9 * DAY), hold(1, HOUR), hold(2, status=end)) == HoldPlan()


@pytest.mark.parametrize(
    "order",
    [
        rental(OrderStatus.CANCELLED),
        rental(OrderStatus.NO_SHOW),
        rental(OrderStatus.COMPLETED),
        rental(OrderStatus.RETURNED, settled=True),
    ],
)
def test_what_is_not_needed_is_let_go(order: Rental) -> None:
    assert plan(order, hold(1), hold(2), hold(3, closing=True)) == HoldPlan([1, 2])
    assert plan(order) == HoldPlan()


STATUSES: Final = [
    (rental(OrderStatus.PENDING), [], DepositStatus.PLANNED),
    (rental(), [], DepositStatus.PLANNED),
    (rental(), [hold(status=PaymentStatus.PENDING)], DepositStatus.PENDING),
    (rental(), [hold()], DepositStatus.HELD),
    (rental(), [hold(status=PaymentStatus.FAILED)], DepositStatus.ACTION_REQUIRED),
    (rental(), [hold(status=PaymentStatus.CANCELLED)], DepositStatus.ACTION_REQUIRED),
    (rental(), [hold(status=PaymentStatus.PENDING, on_page=True)], DepositStatus.ACTION_REQUIRED),
    (rental(), [hold(status=PaymentStatus.PROCESSING, on_page=True)], DepositStatus.PENDING),
    (rental(), [hold(1, HOUR), hold(2, status=PaymentStatus.PENDING)], DepositStatus.HELD),
    (rental(), [hold(1, 9 * DAY), hold(2, status=PaymentStatus.FAILED)], DepositStatus.HELD),
    (
        rental(end=9 * DAY),
        [hold(1, HOUR), hold(2, status=PaymentStatus.FAILED)],
        DepositStatus.ACTION_REQUIRED,
    ),
    (rental(), [hold(status=PaymentStatus.SUCCEEDED, closing=True)], DepositStatus.CAPTURED),
    (rental(OrderStatus.CANCELLED), [hold(closing=True)], DepositStatus.RELEASED),
    (rental(OrderStatus.RETURNED, settled=True), [hold()], DepositStatus.RELEASED),
]


@pytest.mark.parametrize(("order", "holds", "expected"), STATUSES)
def test_where_a_deposit_stands_is_read_off_its_holds(
    order: Rental, holds: list[Hold], expected: DepositStatus
) -> None:
    assert status(order, *holds) is expected


HOLDS = st.lists(
    st.builds(
        Hold,
        st.uuids(),
        st.sampled_from(PaymentStatus),
        st.integers(-100, 200).map(lambda hours: NOW + hours * HOUR),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)
RENTALS = st.builds(
    rental,
    st.sampled_from(OrderStatus),
    st.integers(-200, 200).map(lambda hours: hours * HOUR),
    st.integers(-100, 300).map(lambda hours: hours * HOUR),
    st.booleans(),
)


@given(order=RENTALS, holds=HOLDS)
def test_a_plan_that_was_carried_out_calls_for_nothing_more(
    order: Rental, holds: list[Hold]
) -> None:
    """And never lets go of the last one that is needed."""
    first = plan(order, *holds)
    after = [
        Hold(one.id, one.status, one.capture_before, one.is_closing or one.id in first.release)
        for one in holds
    ]
    if first.place:
        after.append(Hold("new", PaymentStatus.PENDING))
    assert plan(order, *after) == HoldPlan()
    if order.needs_deposit:
        assert secures(after) is secures(holds)
        assert sum(one.stands for one in after) <= 1


def test_an_order_takes_the_strictest_strategy() -> None:
    assert strictest([]) is DepositStrategy.NONE
    assert strictest(DepositStrategy) is DepositStrategy.CHARGE
    assert strictest([DepositStrategy.CARD_ON_FILE, DepositStrategy.HOLD]) is DepositStrategy.HOLD
