"""Row D08: banks hold for some days only, and rentals may be longer. Nothing is lost in silence."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.models import HoldClosing, Payment, RentalOrder
from payments.services.hold_facts import CAPTURE_FAILED, HOLD_LAPSED, HOLD_REFUSED
from payments.services.holds import deposit_status, hold_again
from payments.services.journal import SYSTEM
from payments.services.settlement import absorb
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.hold_support import (
    WINDOW,
    Time,
    balance,
    capture,
    card_goes_bad,
    held,
    intents,
    newest_hold,
    states,
)
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def time(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(sandbox, monkeypatch)


def picked_up(order: RentalOrder) -> None:
    RentalOrder.objects.filter(pk=order.pk).update(status="PICKED_UP")


def returns(order: RentalOrder, hold: Payment, after_the_hold: timedelta) -> None:
    """The rental ends so long after its bank lets go."""
    assert hold.capture_before is not None
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_end_date=hold.capture_before + after_the_hold
    )


def in_the_bank_s_last_day(time: Time) -> None:
    time.passes(WINDOW - timedelta(hours=23))
    quiet()


@pytest.mark.parametrize("after_the_hold", [HOUR, -HOUR, timedelta(days=30)])
def test_a_hold_that_ends_about_the_return_is_followed_by_a_new_one_in_time(
    sandbox: Sandbox, time: Time, after_the_hold: timedelta
) -> None:
    """D08: an hour before or after the return, there may still be a claim."""
    order, first = held(sandbox)
    returns(order, first, after_the_hold)
    in_the_bank_s_last_day(time)
    assert states(sandbox) == ["canceled", "requires_capture"]
    second = newest_hold(order)
    assert (again(first).status, second.status) == ("CANCELLED", "AUTHORIZED")
    assert second.capture_before is not None
    assert second.capture_before > time.now + timedelta(days=4)
    assert deposit_status(again(order)) == "HELD"
    assert (order.attention, len(intents(sandbox))) == ("", 2)


def test_the_old_hold_is_let_go_only_when_the_new_one_stands(sandbox: Sandbox, time: Time) -> None:
    order, first = held(sandbox)
    returns(order, first, HOUR)
    sandbox.fault(kind="refuse", method="POST", path="/v1/payment_intents")
    in_the_bank_s_last_day(time)
    assert states(sandbox) == ["requires_capture"]
    assert deposit_status(again(order)) == "HELD"
    sandbox.heal()
    quiet()
    assert states(sandbox) == ["canceled", "requires_capture"]
    writes = [
        call["path"].removeprefix("/v1/payment_intents")
        for call in sandbox.journal(kind="call", path="/v1/payment_intents*", method="POST")
        if call["status"] == 200
    ]
    assert [path.rpartition("/")[2] for path in writes] == ["", "", "cancel"]


def test_a_hold_that_outlives_rental_and_inspection_is_not_renewed(
    sandbox: Sandbox, time: Time
) -> None:
    order, first = held(sandbox)
    returns(order, first, -timedelta(hours=49))
    in_the_bank_s_last_day(time)
    assert states(sandbox) == ["requires_capture"]


def test_an_overdue_rental_keeps_its_deposit_for_as_long_as_it_takes(
    sandbox: Sandbox, time: Time
) -> None:
    """C09: it was to be back within two days."""
    order, _ = held(sandbox, days=1)
    picked_up(order)
    for _ in range(3):
        in_the_bank_s_last_day(time)
        assert states(sandbox)[-1] == "requires_capture"
    assert states(sandbox) == ["canceled"] * 3 + ["requires_capture"]
    assert deposit_status(again(order)) == "HELD"


def test_what_is_claimed_is_taken_from_the_newest_hold(sandbox: Sandbox, time: Time) -> None:
    order, first = held(sandbox)
    returns(order, first, HOUR)
    in_the_bank_s_last_day(time)
    assert capture(order, 2000) == 2000
    quiet()
    assert states(sandbox) == ["canceled", "succeeded"]
    assert again(newest_hold(order)).captured_minor == 2000
    time.assert_books()


def test_what_is_claimed_while_two_stand_is_taken_once(sandbox: Sandbox, time: Time) -> None:
    """The old one could not be let go of yet."""
    order, first = held(sandbox)
    returns(order, first, HOUR)
    sandbox.fault(kind="refuse", method="POST", path="/v1/payment_intents/*/cancel")
    in_the_bank_s_last_day(time)
    assert states(sandbox) == ["requires_capture", "requires_capture"]
    assert capture(order, 2000) == 2000
    sandbox.heal()
    quiet()
    assert states(sandbox) == ["canceled", "succeeded"]
    assert balance(order, "stripe_clearing") == 5950 + 2000
    time.assert_books()


def test_a_renewal_that_is_declined_is_told_while_the_old_hold_still_stands(
    sandbox: Sandbox, time: Time
) -> None:
    order, first = held(sandbox)
    returns(order, first, HOUR)
    card_goes_bad(sandbox, order)
    in_the_bank_s_last_day(time)
    assert states(sandbox) == ["requires_capture", "requires_payment_method"]
    assert deposit_status(again(order)) == "ACTION_REQUIRED"
    assert (order.status, order.attention) == ("CONFIRMED", HOLD_REFUSED)
    assert f"/orders/{order.pk}/" in mail.outbox[-1].body
    quiet()
    assert len(intents(sandbox)) == 2  # a card that refused is not asked again by itself
    assert capture(order, 1000) == 1000
    quiet()
    assert states(sandbox)[0] == "succeeded"


def test_a_hold_that_lapses_is_told_to_staff_and_to_the_customer(
    sandbox: Sandbox, time: Time
) -> None:
    """No worker ran for days."""
    order, hold = held(sandbox)
    returns(order, hold, HOUR)
    time.passes(WINDOW + HOUR)
    quiet()
    assert states(sandbox) == ["canceled"]
    assert again(hold).status == "CANCELLED"
    assert (again(order).status, order.attention) == ("CONFIRMED", HOLD_LAPSED)
    assert deposit_status(order) == "ACTION_REQUIRED"
    assert "have the deposit for your order" in mail.outbox[-1].subject
    hold_again(order.pk, SYSTEM)
    quiet()
    assert states(sandbox) == ["canceled", "requires_capture"]
    assert deposit_status(order) == "HELD"
    time.assert_books()


def test_a_capture_after_the_end_fails_loudly(sandbox: Sandbox, time: Time) -> None:
    """D08: we have not heard yet that the bank has let go."""
    order, hold = held(sandbox)
    time.passes(WINDOW + HOUR)
    assert capture(order, 3000) == 3000
    quiet()
    assert (again(hold).status, hold.captured_minor) == ("CANCELLED", 0)
    assert HoldClosing.objects.get().status == "FAILED"
    assert again(order).attention == CAPTURE_FAILED
    assert order.events.filter(fact="deposit.lapsed").exists()
    assert balance(order, "stripe_clearing") == 5950
    time.assert_books()


def test_where_the_bank_does_not_say_when_it_lets_go_the_shortest_window_counts(
    sandbox: Sandbox, time: Time
) -> None:
    order, hold = held(sandbox)
    assert hold.capture_before is not None
    told = hold.capture_before
    order.payments.filter(pk=hold.pk).update(status="PENDING", capture_before=None)
    silent = PaymentFact(
        facts.AUTHORIZED, intent_id=hold.intent_id, amount_minor=5000, currency="EUR"
    )
    absorb(again(hold), [silent])
    assert again(hold).capture_before is not None
    assert abs(hold.capture_before - told) < timedelta(minutes=1)
    assert hold.next_attempt_at is not None
    assert datetime.now(UTC) < hold.next_attempt_at < told - timedelta(days=1)
