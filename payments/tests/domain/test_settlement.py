"""Architecture, idea 7: what the books of an order call for; D6.5, D6.8; invariants I05 to I07."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.settlement import Books, Decision, Move, decide
from payments.domain.states import ORDER_STEPS, OrderStatus

NOTHING = Decision()
LIVE = ("CONFIRMED", "PICKED_UP", "RETURNED", "COMPLETED")


def books(status: str, received: int, given_back: int = 0, **overrides: Any) -> Books:
    """An order of 100.00, of which 30.00 would be kept if it were cancelled."""
    values: dict[str, Any] = {"due": 10_000, "kept_on_cancel": 3000, "payable": False}
    return Books(
        OrderStatus(status), received=received, given_back=given_back, **values | overrides
    )


@pytest.mark.parametrize(
    ("situation", "decision"),
    [
        # Waiting for money.
        (books("PENDING", 0, payable=True), NOTHING),
        (books("PENDING", 9999, payable=True), NOTHING),
        (books("PENDING", 10_000), Decision(Move.CONFIRM)),
        (books("PENDING", 10_000, payable=True), Decision(Move.CONFIRM)),
        (books("PENDING", 12_000), Decision(Move.CONFIRM, refund=2000)),
        (books("PENDING", 20_000), Decision(Move.CONFIRM, refund=10_000)),
        (books("PENDING", 0), Decision(Move.EXPIRE)),
        (books("PENDING", 4000), Decision(Move.EXPIRE, refund=4000)),
        (books("PENDING", 10_000, 10_000), Decision(Move.EXPIRE)),
        (books("PENDING", 0, due=0), Decision(Move.CONFIRM)),  # A09: free of charge
        # Confirmed and later: what is too much goes back, nothing else happens.
        *((books(status, 10_000), NOTHING) for status in LIVE),
        *((books(status, 20_000), Decision(refund=10_000)) for status in LIVE),
        *((books(status, 20_000, 10_000), NOTHING) for status in LIVE),
        # A refund made in the dashboard leaves an order in place (D5).
        *((books(status, 10_000, 4000), NOTHING) for status in LIVE),
        # Cancelled: all but what the policy keeps, once.
        (books("CANCELLED", 0), NOTHING),
        (books("CANCELLED", 10_000), Decision(refund=7000)),
        (books("CANCELLED", 10_000, 7000), NOTHING),
        (books("CANCELLED", 10_000, 10_000), NOTHING),
        (books("CANCELLED", 10_000, kept_on_cancel=0), Decision(refund=10_000)),
        (books("CANCELLED", 20_000, 7000), Decision(refund=10_000)),
        (books("NO_SHOW", 10_000), Decision(refund=7000)),
        # Late money (D6.5).
        (books("EXPIRED", 0), NOTHING),
        (books("EXPIRED", 10_000), Decision(Move.RETAKE)),
        (books("EXPIRED", 15_000), Decision(Move.RETAKE, refund=5000)),
        (books("EXPIRED", 4000), Decision(refund=4000)),
        (books("EXPIRED", 10_000, 10_000), NOTHING),
        (books("EXPIRED", 0, due=0), NOTHING),
        # A returned order is done once its deposit is settled and nothing is owed (D1).
        (books("RETURNED", 10_000, settled=True), Decision(Move.COMPLETE)),
        (books("RETURNED", 10_000, due=7000), Decision(refund=3000)),
        (books("COMPLETED", 10_000, due=7000), Decision(refund=3000)),
        (books("DRAFT", 0), NOTHING),
        (books("DRAFT", 500), Decision(refund=500)),
    ],
)
def test_what_is_done(situation: Books, decision: Decision) -> None:
    assert decide(situation) == decision


def outcomes(before: Books, decision: Decision) -> list[Books]:
    """The books once `decision` is carried out; a RETAKE may find the units gone."""
    after = replace(before, given_back=before.given_back + decision.refund)
    match decision.move:
        case Move.CONFIRM:
            return [replace(after, status=OrderStatus.CONFIRMED)]
        case Move.EXPIRE:
            return [replace(after, status=OrderStatus.EXPIRED)]
        case Move.RETAKE:
            all_back = replace(before, given_back=before.given_back + before.balance)
            return [replace(after, status=OrderStatus.CONFIRMED), all_back]
        case Move.COMPLETE:
            return [replace(after, status=OrderStatus.COMPLETED)]
        case Move.NOTHING:
            return [after]


amounts = st.integers(0, 30)  # small, so that equal amounts are met often
any_books = st.builds(
    Books,
    status=st.sampled_from(OrderStatus),
    due=amounts,
    kept_on_cancel=amounts,
    received=amounts,
    given_back=amounts,
    payable=st.booleans(),
    settled=st.booleans(),
)


@given(any_books)
def test_deciding_again_on_the_result_decides_nothing(before: Books) -> None:
    """B01: the same fact twice asks for nothing twice."""
    for after in outcomes(before, decide(before)):
        assert decide(after) == NOTHING


@given(any_books)
def test_never_is_more_given_back_than_was_received(before: Books) -> None:
    """I04; a refund that failed counts as given back, so it is not sent again by itself."""
    decision = decide(before)
    assert decision.refund >= 0
    if decision.refund:
        assert before.given_back + decision.refund <= before.received
    for after in outcomes(before, decision):
        assert after.given_back <= max(before.given_back, before.received)


@given(any_books)
def test_only_steps_that_an_order_may_take_are_decided(before: Books) -> None:
    for after in outcomes(before, decide(before)):
        assert after.status is before.status or after.status in ORDER_STEPS[before.status]


@given(any_books)
def test_nothing_is_confirmed_without_the_money_that_is_due(before: Books) -> None:
    """I06"""
    if decide(before).move in (Move.CONFIRM, Move.RETAKE):
        assert before.balance >= before.due


@given(any_books)
def test_no_double_payment_is_left_standing(before: Books) -> None:
    """I05, I07: in the end the shop has what is due, or what it keeps, and no more."""
    for after in outcomes(before, decide(before)):
        if after.status is OrderStatus.PENDING:
            continue
        allowed = {
            OrderStatus.DRAFT: 0,
            OrderStatus.EXPIRED: 0,
            OrderStatus.CANCELLED: before.kept_on_cancel,
            OrderStatus.NO_SHOW: before.kept_on_cancel,
        }.get(after.status, before.due)
        assert after.balance <= allowed
