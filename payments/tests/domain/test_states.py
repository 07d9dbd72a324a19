"""D1, D5: what a row may become."""

from itertools import product
from typing import Final

import pytest

from payments.domain.errors import IllegalStep
from payments.domain.states import (
    HOLDING,
    ORDER_STEPS,
    PAYABLE,
    PAYMENT_STEPS,
    REFUND_LIVE,
    REFUND_STEPS,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    Status,
    check_order_step,
)

# The sentence of D1 that lists the steps, as it stands there; and the undo of a pickup
# (docs/adr/0012).
ALLOWED: Final = (
    "DRAFT→PENDING/CANCELLED · PENDING→CONFIRMED/CANCELLED/EXPIRED ·"
    " CONFIRMED→PICKED_UP/CANCELLED/NO_SHOW · PICKED_UP→RETURNED · RETURNED→COMPLETED ·"
    " RETURNED→PICKED_UP · EXPIRED→CONFIRMED"
    " · PICKED_UP→CONFIRMED"
)
STEPS: Final = {
    (OrderStatus(old), OrderStatus(new))
    for part in ALLOWED.split(" · ")
    for old, _, targets in [part.partition("→")]
    for new in targets.split("/")
}


@pytest.mark.parametrize(("old", "new"), list(product(OrderStatus, OrderStatus)))
def test_an_order_takes_the_steps_of_the_rule_and_no_other(
    old: OrderStatus, new: OrderStatus
) -> None:
    """I21, D12"""
    if (old, new) in STEPS:
        check_order_step(old, new)
    else:
        with pytest.raises(IllegalStep):
            check_order_step(old, new)


def test_a_refusal_names_both_statuses_in_words() -> None:
    with pytest.raises(IllegalStep, match="picked up cannot become cancelled"):
        check_order_step(OrderStatus.PICKED_UP, OrderStatus.CANCELLED)


def test_a_step_onto_itself_is_refused_in_words_that_make_sense() -> None:
    with pytest.raises(IllegalStep, match="The order is cancelled already"):
        check_order_step(OrderStatus.CANCELLED, OrderStatus.CANCELLED)


@pytest.mark.parametrize("final", ["COMPLETED", "CANCELLED", "NO_SHOW"])
def test_nothing_leaves_a_final_status(final: str) -> None:
    assert ORDER_STEPS[OrderStatus(final)] == frozenset()


def test_units_are_held_from_the_cart_until_the_return() -> None:
    assert {status.value for status in HOLDING} == {"PENDING", "CONFIRMED", "PICKED_UP"}


def test_every_status_has_its_row() -> None:
    assert set(ORDER_STEPS) == set(OrderStatus)
    assert set(PAYMENT_STEPS) == set(PaymentStatus)
    assert set(REFUND_STEPS) == set(RefundStatus)


@pytest.mark.parametrize("status", sorted(set(PaymentStatus) - {"SUCCEEDED", "QUARANTINED"}))
def test_money_that_arrives_is_taken_in_whatever_was_said_before(status: PaymentStatus) -> None:
    """D6.5, B02"""
    assert PaymentStatus.SUCCEEDED in PAYMENT_STEPS[status]


@pytest.mark.parametrize("status", ["SUCCEEDED", "QUARANTINED"])
def test_a_payment_that_arrived_moves_no_more(status: str) -> None:
    assert PAYMENT_STEPS[PaymentStatus(status)] == frozenset()


def test_a_payment_that_is_over_is_not_opened_again() -> None:
    for status in set(PaymentStatus) - PAYABLE:
        assert not PAYMENT_STEPS[status] & PAYABLE


def test_a_refund_that_succeeded_may_still_fail_and_nothing_else() -> None:
    """D5, D04"""
    assert REFUND_STEPS[RefundStatus.SUCCEEDED] == {RefundStatus.FAILED}


def test_a_refund_that_ended_without_money_is_live_again_only_by_a_person_who_paid_it() -> None:
    """D5, D04"""
    assert REFUND_STEPS[RefundStatus.FAILED] == {RefundStatus.PAID_BY_HAND}
    assert REFUND_STEPS[RefundStatus.CANCELLED] == frozenset()
    assert REFUND_STEPS[RefundStatus.PAID_BY_HAND] == frozenset()


def test_nothing_is_sent_that_nobody_has_approved() -> None:
    assert REFUND_STEPS[RefundStatus.UNAPPROVED] == {RefundStatus.PENDING, RefundStatus.CANCELLED}
    assert RefundStatus.UNAPPROVED in REFUND_LIVE


def test_a_status_reads_as_people_write_it() -> None:
    assert OrderStatus.PICKED_UP.label == "Picked up"
    assert ("NO_SHOW", "No show") in OrderStatus.choices()
    assert issubclass(OrderStatus, Status)
