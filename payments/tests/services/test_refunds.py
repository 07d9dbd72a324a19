"""Money back: once, never more than was captured, whatever the order of the news (A05 to A07, A12,
D03 to D05)."""

from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.models import OrderEvent, Payment, Refund, RentalOrder, WebhookEvent
from payments.services import orders, webhooks
from payments.services.journal import SYSTEM
from payments.services.lifecycle import lock_order
from payments.services.refunds import ask_refunds, send_refund
from payments.tests.factories import make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import everything_falls_due, leases_end, quiet, work
from payments.tests.sandbox import PAYS, Sandbox, deliver_all

pytestmark = pytest.mark.django_db(transaction=True)

REFUND_FAILS_LATER, REFUND_PENDS = "4000000000005126", "4000000000007726"


def confirmed(sandbox: Sandbox, card: str = PAYS) -> tuple[RentalOrder, Payment]:
    """A paid order of 109.50 EUR."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id, card)
    deliver_all(Client(), sandbox.events())
    work()
    return again(order), again(payment)


def again(row: Any) -> Any:
    row.refresh_from_db()
    return row


def cancel(order: RentalOrder) -> Refund:
    """The shop cancels, so all of it is owed; the refund is asked for and not yet sent."""
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    return Refund.objects.get(order=order, source="POLICY")


def refund_calls(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        call
        for call in sandbox.journal(kind="call", path="/v1/refunds")
        if call["method"] == "POST"
    ]


def at_stripe(sandbox: Sandbox) -> list[tuple[int, str]]:
    refunds = sandbox.get("/v1/refunds", limit="100")["data"]
    return [(refund["amount"], refund["status"]) for refund in refunds]


def test_a_cancelled_order_is_refunded_once_however_often_the_job_runs(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    answers(together([lambda: send_refund(refund.pk)] * 8))
    send_refund(refund.pk)
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert at_stripe(sandbox) == [(payment.amount_minor, "succeeded")]
    assert len(refund_calls(sandbox)) == 1
    assert_books(sandbox)


def test_twenty_refunds_of_sixty_percent_at_once_give_back_no_more_than_was_captured(
    sandbox: Sandbox,
) -> None:
    """A12, I04."""
    order, payment = confirmed(sandbox)
    part = payment.captured_minor * 60 // 100

    def ask() -> None:
        with transaction.atomic(durable=True):
            ask_refunds(lock_order(order.pk), part, Refund.Source.STAFF)

    answers(together([ask] * 20))
    quiet()
    assert sum(amount for amount, _ in at_stripe(sandbox)) == payment.captured_minor
    assert again(payment).refunded_minor == payment.captured_minor
    assert Refund.objects.filter(amount_minor=part).count() == 1
    assert_books(sandbox)


def test_the_database_lets_no_code_path_refund_more_than_was_captured(sandbox: Sandbox) -> None:
    """A12, R15: twenty that took no lock; the CHECK lets one through."""
    _, payment = confirmed(sandbox)
    part = payment.captured_minor * 60 // 100

    def take() -> int:
        return Payment.objects.filter(pk=payment.pk).update(
            refund_reserved_minor=F("refund_reserved_minor") + part
        )

    results = together([take] * 20)
    assert [type(result) for result in results].count(IntegrityError) == 19
    assert again(payment).refund_reserved_minor == part


def test_news_of_our_refund_that_come_before_stripes_answer_make_no_second_one(
    sandbox: Sandbox,
) -> None:
    """D03."""
    order, _ = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="slow", method="POST", path="/v1/refunds", seconds=1.5)
    sending = Thread(target=lambda: together([lambda: send_refund(refund.pk)]))
    known = len(sandbox.events())
    sending.start()
    while len(events := sandbox.events()) < known + 2:
        assert sending.is_alive()
    deliver_all(Client(), events[known:])
    work()
    assert sending.is_alive()
    assert again(refund).status == "SUCCEEDED"
    sending.join()
    quiet()
    assert Refund.objects.count() == 1
    assert OrderEvent.objects.filter(fact="refund.succeeded").count() == 1
    assert_books(sandbox)


def test_a_refund_that_fails_later_is_owed_and_shown_to_a_person(sandbox: Sandbox) -> None:
    """D04: banks do that. It is not sent again by itself."""
    order, payment = confirmed(sandbox, REFUND_FAILS_LATER)
    refund = cancel(order)
    work()
    assert again(refund).status == "SUCCEEDED"
    assert again(order).attention == ""
    sandbox.advance(60)
    deliver_all(Client(), sandbox.events())
    quiet()
    assert again(refund).status == "FAILED"
    assert refund.failure_reason == "unknown"
    assert again(order).attention == "A refund failed."
    assert (again(payment).refunded_minor, payment.refund_reserved_minor) == (0, 0)
    assert len(refund_calls(sandbox)) == 1
    assert_books(sandbox)


def test_a_refund_that_pends_succeeds_without_any_webhook(sandbox: Sandbox) -> None:
    """D6.2: what is not final is asked about again."""
    order, payment = confirmed(sandbox, REFUND_PENDS)
    refund = cancel(order)
    work()
    assert again(refund).status == "PROCESSING"
    assert (again(payment).refunded_minor, payment.refund_reserved_minor) == (0, 10_950)
    sandbox.advance(60)
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert_books(sandbox)


def test_refunds_made_in_the_dashboard_are_written_down_and_cancel_nothing(
    sandbox: Sandbox,
) -> None:
    """D05: three partial ones, then ours of the rest."""
    order, payment = confirmed(sandbox)
    for amount in ("1000", "2000", "3000"):
        sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount=amount)
    deliver_all(Client(), sandbox.events())
    work()
    assert again(order).status == "CONFIRMED"
    external = Refund.objects.filter(source="EXTERNAL", status="SUCCEEDED")
    assert sorted(external.values_list("amount_minor", flat=True)) == [1000, 2000, 3000]
    assert again(payment).refunded_minor == 6000
    assert cancel(order).amount_minor == payment.captured_minor - 6000
    quiet()
    assert_books(sandbox)


def test_a_dashboard_refund_made_while_ours_was_waiting_is_not_lost(sandbox: Sandbox) -> None:
    """D05: Stripe refuses ours, since there is nothing left; the other one is what counts."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id)
    deliver_all(Client(), sandbox.events())
    for event in WebhookEvent.objects.filter(status="RECEIVED"):
        webhooks.apply_event(event.pk)  # while ours still takes all the room
    quiet()
    assert again(refund).status == "FAILED"
    external = Refund.objects.get(source="EXTERNAL")
    assert (external.status, external.amount_minor) == ("SUCCEEDED", payment.captured_minor)
    assert again(payment).refunded_minor == payment.captured_minor
    assert_books(sandbox)


def test_a_refund_of_a_dashboard_that_fails_is_shown_to_a_person(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox, REFUND_FAILS_LATER)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    sandbox.advance(60)
    deliver_all(Client(), reversed(sandbox.events()))
    quiet()
    external = Refund.objects.get()
    assert (external.source, external.status) == ("EXTERNAL", "FAILED")
    assert again(order).status == "CONFIRMED"
    assert again(payment).refund_reserved_minor == 0
    assert_books(sandbox)


def test_a_dashboard_refund_of_a_payment_we_have_not_heard_of_is_not_lost(
    sandbox: Sandbox,
) -> None:
    """B02: its news comes first, and alone."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    intent = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["payment_intent"]
    sandbox.post("/v1/refunds", payment_intent=intent, amount="1000")
    told = [event for event in sandbox.events() if event["type"] == "refund.created"]
    deliver_all(Client(), told)
    work()
    assert again(order).status == "CONFIRMED"
    assert Refund.objects.get().source == "EXTERNAL"
    assert_books(sandbox)


def test_every_try_of_a_refund_sends_the_same_bytes_under_the_same_key(sandbox: Sandbox) -> None:
    """R2."""
    order, _ = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="status_429", method="POST", path="/v1/refunds", times=3)
    for _ in range(4):
        send_refund(refund.pk)
    calls = refund_calls(sandbox)
    assert len(calls) == 4
    assert len({call["idempotency_key"] for call in calls}) == 1
    assert again(refund).status == "SUCCEEDED"


@pytest.mark.parametrize("kind", ["refuse", "drop_reply", "status_429"])
def test_a_refund_whose_answer_is_lost_is_sent_again_and_made_once(
    sandbox: Sandbox, kind: str
) -> None:
    """A05: also where Stripe did it and the answer was cut off, also in the SDK's own retry."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind=kind, method="POST", path="/v1/refunds", times=2)
    send_refund(refund.pk)
    assert again(refund).status == "PENDING"
    assert refund.last_error
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert at_stripe(sandbox) == [(payment.amount_minor, "succeeded")]
    assert_books(sandbox)


def test_a_refund_is_looked_for_before_it_is_sent_with_a_forgotten_key(sandbox: Sandbox) -> None:
    """A07: Stripe forgets keys after a day; by then nobody knew whether it had arrived."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/refunds", times=2)
    send_refund(refund.pk)
    sandbox.advance(25 * 3600)
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert at_stripe(sandbox) == [(payment.amount_minor, "succeeded")]
    assert_books(sandbox)


@pytest.mark.parametrize("executed", [False, True])
def test_a_saved_failure_of_stripe_ends_with_one_refund(sandbox: Sandbox, executed: bool) -> None:
    """A06: the same key would get the same 500 for a day, so a look comes first and then a new
    key."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="saved_500", method="POST", path="/v1/refunds", times=1, execute=executed)
    send_refund(refund.pk)
    assert again(refund).status == "PENDING"
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert at_stripe(sandbox) == [(payment.amount_minor, "succeeded")]
    assert_books(sandbox)


def test_a_worker_that_lost_its_lease_cannot_overwrite_what_the_next_one_wrote(
    sandbox: Sandbox,
) -> None:
    """E09: it was paused during its call, and comes back when another has done the work."""
    order, _ = confirmed(sandbox)
    refund = cancel(order)
    paused = Refund.objects.get(pk=refund.pk)
    assert paused.take_lease()
    leases_end()
    everything_falls_due()
    send_refund(refund.pk)
    assert again(refund).status == "SUCCEEDED"
    assert not paused.end_attempt(status="PENDING", next_attempt_at=None)
    assert again(refund).status == "SUCCEEDED"


def test_what_goes_back_is_spoken_for_from_the_moment_it_is_asked_for(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    cancel(order)
    assert again(payment).refundable_minor == 0
    assert broken() == {}
