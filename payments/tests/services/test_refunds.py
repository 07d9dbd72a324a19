"""Money back: once, and never more than was captured (A05 to A07, A12, D03, D04)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from payments.models import OrderEvent, Payment, PaymentNotification, Refund, RentalOrder
from payments.services.ledger import balance
from payments.services.lifecycle import lock_order
from payments.services.refund_sending import send_refund
from payments.services.refunds import ask_refunds
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import everything_falls_due, leases_end, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import (
    REFUND_PENDS,
    again,
    at_stripe,
    cancel,
    confirmed,
    late_answer,
    refund_calls,
)

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * 3600


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
    """Row D03: they come at once, Stripe's answer when all is done."""
    order, _ = confirmed(sandbox)
    refund = cancel(order)
    known = len(sandbox.events())
    with late_answer("refund", lambda: send_refund(refund.pk)) as sent:
        while len(events := sandbox.events()) < known + 2:
            assert not sent
        deliver_all(Client(), events[known:])
        work()
        assert (again(refund).status, sent) == ("SUCCEEDED", [])
    assert sent == [None]
    quiet()
    assert Refund.objects.count() == 1
    assert OrderEvent.objects.filter(fact="refund.succeeded").count() == 1
    assert_books(sandbox)


def test_a_refund_that_fails_later_is_owed_and_shown_to_a_person(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Row D04: the bank sends it back after five days. It is not sent again by itself."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(outcome={"kind": "fail_refund", "seconds": 5 * DAY})
    assert "refund_done" not in told(order)
    work()
    assert again(refund).status == "SUCCEEDED"
    assert (again(order).attention, balance(order, "customer")) == ("", 0)
    assert told(order)["refund_done"] == "SENT"
    sandbox.advance(6 * DAY)
    deliver_all(Client(), sandbox.events())
    quiet()
    assert again(refund).status == "FAILED"
    assert refund.failure_reason == "unknown"
    assert again(order).attention == "A refund failed."
    assert "order_needs_attention" in caplog.text
    assert (again(payment).refunded_minor, payment.refund_reserved_minor) == (0, 0)
    assert [entry.reference.split(":")[1] for entry in order.ledger.all()][-2:] == [
        "succeeded",
        "failed",
    ]
    assert balance(order, "customer") == -payment.captured_minor  # owed to him again
    assert len(refund_calls(sandbox)) == 1
    assert_books(sandbox)


def test_a_refund_that_fails_at_once_is_told_to_nobody_as_done(sandbox: Sandbox) -> None:
    """Row D04."""
    order, payment = confirmed(sandbox)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id)  # and we have not heard of it
    refund = cancel(order)
    work()
    assert again(refund).status == "FAILED"
    done = PaymentNotification.objects.filter(kind="refund_done")
    assert [message.dedupe_key.endswith(":succeeded") for message in done] == [True]
    quiet()
    assert_books(sandbox)


def told(order: RentalOrder) -> dict[str, str]:
    """What the customer was told, and whether it has left."""
    return dict(order.notifications.values_list("kind", "status"))


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


def test_every_try_of_a_refund_sends_the_same_bytes_under_the_same_key(sandbox: Sandbox) -> None:
    """Row A06, R2."""
    order, _ = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="status_429", method="POST", path="/v1/refunds", times=3)
    for _ in range(4):
        send_refund(refund.pk)
    calls = refund_calls(sandbox)
    assert len(calls) == 4
    assert len({call["idempotency_key"] for call in calls}) == 1
    sent = [call["params"] for call in calls if call["params"]]
    assert all(params == sent[0] for params in sent)
    assert again(refund).status == "SUCCEEDED"
    quiet()
    assert_books(sandbox)


@pytest.mark.parametrize("kind", ["refuse", "drop_reply", "status_429"])
def test_a_refund_whose_answer_is_lost_is_sent_again_and_made_once(
    sandbox: Sandbox, kind: str
) -> None:
    """Row A05: also where Stripe did it and the answer was cut off, also in the SDK's own retry."""
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
    """Row A07: Stripe forgets keys after a day; by then nobody knew whether it had arrived."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/refunds", times=2)
    send_refund(refund.pk)
    sent = len(refund_calls(sandbox))
    sandbox.advance(25 * 3600)
    long_ago = timezone.now() - timedelta(hours=25)
    Refund.objects.update(created_at=long_ago, first_sent_at=long_ago)
    quiet()
    assert again(refund).status == "SUCCEEDED"
    assert len(refund_calls(sandbox)) == sent  # it was looked for, and found
    assert at_stripe(sandbox) == [(payment.amount_minor, "succeeded")]
    assert_books(sandbox)


@pytest.mark.parametrize("executed", [False, True])
def test_a_saved_failure_of_stripe_ends_with_one_refund(sandbox: Sandbox, executed: bool) -> None:
    """Row A06: the same key would get the same 500 for a day, so a look comes first and then a
    new key."""
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
    assert not paused.end_attempt(status="PENDING", again_in=None)
    assert again(refund).status == "SUCCEEDED"


def test_what_goes_back_is_spoken_for_from_the_moment_it_is_asked_for(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox)
    cancel(order)
    assert again(payment).refundable_minor == 0
    assert broken() == {}


def test_money_that_a_bank_is_slow_to_give_back_is_no_error(sandbox: Sandbox) -> None:
    """I07, at rest: there is nothing that anybody could do."""
    order, payment = confirmed(sandbox, REFUND_PENDS)
    refund = cancel(order)
    quiet()
    assert again(refund).status == "PROCESSING"
    assert balance(order, "customer") == -payment.captured_minor
    assert_books(sandbox)
