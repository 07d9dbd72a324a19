"""Rows A05 to A07, B02, E09: whatever happens on the way, there is one hold and one end of it."""

from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest
from django.db.models import F
from django.test import Client

from payments.models import HoldClosing, Payment, RentalOrder
from payments.services.hold_closing import close_hold
from payments.services.hold_facts import NOT_AS_ASKED
from payments.services.holds import secure_deposit
from payments.services.pursuit import pursue_payment
from payments.services.sweep import sweep
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import leases_end, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.hold_support import (
    begins_in,
    capture,
    held,
    held_later,
    intents,
    newest_hold,
    states,
)
from payments.tests.services.support import again, events_since, newest_event

pytestmark = pytest.mark.django_db(transaction=True)

INTENTS = "/v1/payment_intents"


def fails(sandbox: Sandbox, kind: str, **rule: object) -> tuple[RentalOrder, Payment]:
    """A hold that was asked for, and nobody knows what came of it."""
    order = held_later(sandbox)
    begins_in(order, 1)
    sandbox.fault(kind=kind, method="POST", path=INTENTS, **rule)
    sweep()
    work()
    sandbox.heal()
    hold = newest_hold(order)
    assert hold.status == "PENDING"
    return order, hold


def sent(sandbox: Sandbox, path: str = INTENTS) -> list[str]:
    """The keys under which something was asked for."""
    calls = sandbox.journal(kind="call", path=path, method="POST")
    return [call["idempotency_key"] for call in calls]


@pytest.mark.parametrize("kind", ["refuse", "drop_reply"])
def test_silence_is_followed_by_the_same_key_and_ends_in_one_hold(
    sandbox: Sandbox, kind: str
) -> None:
    """A05."""
    _, hold = fails(sandbox, kind)
    quiet()
    assert states(sandbox) == ["requires_capture"]
    assert again(hold).status == "AUTHORIZED"
    assert set(sent(sandbox)) == {hold.idempotency_key}
    assert_books(sandbox)


@pytest.mark.parametrize("execute", [True, False])
def test_a_saved_500_ends_by_looking_and_then_a_new_key(sandbox: Sandbox, execute: bool) -> None:
    """A06."""
    _, hold = fails(sandbox, "saved_500", execute=execute)
    quiet()
    assert states(sandbox) == ["requires_capture"]
    assert again(hold).status == "AUTHORIZED"
    assert_books(sandbox)


def test_after_a_day_it_looks_before_it_asks(sandbox: Sandbox) -> None:
    """A07: Stripe has forgotten the key, and would hold the money twice."""
    _, hold = fails(sandbox, "drop_reply")
    Payment.objects.filter(pk=hold.pk).update(
        created_at=F("created_at") - timedelta(hours=25),
        first_sent_at=F("first_sent_at") - timedelta(hours=25),
    )
    sandbox.advance(25 * 3600)
    before = len(sent(sandbox))
    quiet()
    assert states(sandbox) == ["requires_capture"]
    assert again(hold).status == "AUTHORIZED"
    assert len(sent(sandbox)) == before
    assert_books(sandbox)


@pytest.mark.parametrize("kind", ["refuse", "drop_reply", "saved_500"])
def test_a_capture_without_an_answer_is_made_once(sandbox: Sandbox, kind: str) -> None:
    order, hold = held(sandbox)
    sandbox.fault(kind=kind, method="POST", path=f"{INTENTS}/*/capture", times=1)
    capture(order, 3000)
    quiet()
    (intent,) = intents(sandbox)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 3000)
    assert (again(hold).captured_minor, HoldClosing.objects.get().status) == (3000, "DONE")
    assert again(order).attention == ""
    assert_books(sandbox)


def test_two_workers_ask_once(sandbox: Sandbox) -> None:
    """E09."""
    order = held_later(sandbox)
    begins_in(order, 1)
    sandbox.fault(kind="slow", method="POST", path=INTENTS, seconds=1)
    together([partial(secure_deposit, order.pk)] * 4)
    (hold,) = order.payments.filter(kind="DEPOSIT")
    together([partial(pursue_payment, hold.pk)] * 4)
    assert len(sent(sandbox)) == 1
    capture(order, 1000)
    together([partial(close_hold, HoldClosing.objects.get().pk)] * 4)
    leases_end()
    quiet()
    assert [intent["amount_received"] for intent in intents(sandbox)] == [1000]
    assert_books(sandbox)


def test_whoever_claims_at_once_takes_once(sandbox: Sandbox) -> None:
    """D07: eight clicks; whoever comes second finds nothing to take."""
    order, _ = held(sandbox)
    assert sorted(answers(together([partial(capture, order, 3000)] * 8))) == [0] * 7 + [3000]
    quiet()
    assert [intent["amount_received"] for intent in intents(sandbox)] == [3000]
    assert_books(sandbox)


def test_events_of_a_hold_may_come_twice_and_in_any_order(sandbox: Sandbox) -> None:
    """B02: without our hearing the answers."""
    order = held_later(sandbox)
    begins_in(order, 1)
    newest = newest_event(sandbox)
    quiet()
    hold = newest_hold(order)
    sandbox.post(f"{INTENTS}/{hold.intent_id}/capture", amount_to_capture="2000")
    told = [
        event
        for event in events_since(sandbox, newest)
        if event["type"].startswith("payment_intent.")
    ]
    assert len(told) == 3
    for number, order_of_events in enumerate(permutations(told)):
        again_told = [{**event, "id": f"{event['id']}{number}"} for event in order_of_events]
        deliver_all(Client(), [*again_told, *again_told])
        work()
        assert (again(hold).status, hold.captured_minor) == ("SUCCEEDED", 2000)
    assert again(order).attention == NOT_AS_ASKED
    assert_books(sandbox)
