"""Events that come twice, late or in another order have one and the same end (B01, B02)."""

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from catalog.tests.factories import make_product
from payments.models import PaymentNotification, RentalOrder, WebhookEvent
from payments.services import orders, webhooks
from payments.services.journal import Actor
from payments.tests.factories import make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import DECLINED, Sandbox, deliver, deliver_all
from payments.tests.services.support import event_of, events_since, newest_event, paid_order

pytestmark = pytest.mark.django_db(transaction=True)

TELLING = (
    "payment_intent.succeeded",
    "checkout.session.completed",
    "refund.created",
    "charge.refunded",
)


def status(order: RentalOrder) -> str:
    order.refresh_from_db()
    return order.status


def test_the_same_event_ten_times_at_once_and_again_later_is_applied_once(
    sandbox: Sandbox,
) -> None:
    """B01."""
    make_gateway()
    order, payment, events = paid_order(sandbox)
    completed = event_of(events, "checkout.session.completed")

    def send() -> int:
        code: int = deliver(Client(), completed).status_code
        return code

    assert answers(together([send] * 10)) == [200] * 10
    row = WebhookEvent.objects.get()
    answers(together([lambda: webhooks.apply_event(row.pk)] * 10))
    work()
    assert send() == 200
    quiet()
    assert status(order) == "CONFIRMED"
    assert WebhookEvent.objects.get().attempts == 1
    payment.refresh_from_db()
    assert payment.captured_minor == order.due_minor
    assert [message.subject for message in mail.outbox] == [
        f"Your order {order.order_number} is confirmed"
    ]
    assert_books(sandbox)


def end_of(order: RentalOrder) -> dict[str, Any]:
    """Everything about an order that must not depend on when which event arrived."""
    order.refresh_from_db()
    return {
        "order": (order.status, order.kept_minor, bool(order.attention)),
        "payments": list(
            order.payments.values_list(
                "status", "captured_minor", "refund_reserved_minor", "refunded_minor"
            )
        ),
        "refunds": sorted(order.refunds.values_list("status", "source", "amount_minor")),
        "held": list(order.reservations.values_list("is_active", "quantity")),
        "sent": sorted(
            PaymentNotification.objects.filter(order=order, status="SENT").values_list(
                "kind", flat=True
            )
        ),
        "in_flight": PaymentNotification.objects.filter(order=order, status="PENDING").count(),
    }


def test_the_events_of_an_order_in_any_order_and_doubled_have_one_end(sandbox: Sandbox) -> None:
    """B02: paid, and before we heard of it refunded in part from the dashboard (D05)."""
    make_gateway()
    known = []
    for arrival in permutations(range(4)):
        newest = newest_event(sandbox)
        order, _, events = paid_order(sandbox)
        intent = event_of(events, "payment_intent.succeeded")["data"]["object"]["id"]
        sandbox.post("/v1/refunds", payment_intent=intent, amount="100")
        told = [event for event in events_since(sandbox, newest) if event["type"] in TELLING]
        assert len(told) == 4
        for n in (*arrival, *arrival):
            deliver_all(Client(), [told[n]])
            work()
        known.append(order)
    quiet()
    ends = [end_of(order) for order in known]
    assert ends[0]["order"] == ("CONFIRMED", 0, False)
    assert ends[0]["refunds"] == [("SUCCEEDED", "EXTERNAL", 100)]
    assert ends[0]["sent"] == ["order_confirmed", "refund_done"]
    assert [end for end in ends if end != ends[0]] == []
    assert_books(sandbox)


def test_a_decline_that_arrives_after_the_success_changes_nothing(sandbox: Sandbox) -> None:
    """B02: the customer tried one card, then another; the news of the first is late."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id, DECLINED)
    sandbox.pay(payment.session_id)
    declined = event_of(sandbox.events(), "payment_intent.payment_failed")
    deliver_all(Client(), [event_of(sandbox.events(), "checkout.session.completed"), declined])
    quiet()
    assert status(order) == "CONFIRMED"
    assert [message.subject for message in mail.outbox] == [
        f"Your order {order.order_number} is confirmed"
    ]
    assert_books(sandbox)


@pytest.mark.parametrize("cancelled_after", [0, 1, 2])
@pytest.mark.parametrize("turned_round", [False, True])
def test_a_cancellation_anywhere_between_the_events_has_one_end(
    sandbox: Sandbox, cancelled_after: int, turned_round: bool
) -> None:
    """B02, D01: whenever the customer cancels, he gets everything back once."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    told = [event for event in events if event["type"] in TELLING]
    steps: list[Callable[[], object]] = [
        partial(deliver_all, Client(), [event])
        for event in (reversed(told) if turned_round else told)
    ]
    actor = Actor.of(order.customer)
    steps.insert(
        cancelled_after,
        partial(orders.cancel_order, order_id=order.pk, actor=actor, now=order.created_at),
    )
    for step in steps:
        step()
        work()
    quiet()
    end = end_of(order)
    assert end["order"][0] == "CANCELLED"
    assert end["payments"] == [("SUCCEEDED", 10_950, 10_950, 10_950)]
    assert [row[0] for row in end["refunds"]] == ["SUCCEEDED"]
    assert end["held"] == [(False, 1)]
    assert end["sent"].count("order_cancelled") == 1
    assert_books(sandbox)
