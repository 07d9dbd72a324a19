"""Events of a gateway: stored once, applied once, in any order (B01 to B04, B09, B10, B12)."""

from itertools import permutations
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from catalog.tests.factories import make_product
from payments.models import (
    Payment,
    PaymentNotification,
    RentalOrder,
    WebhookEvent,
)
from payments.domain.retry import MAX_ATTEMPTS
from payments.services import orders, settlement, webhooks
from payments.services.journal import Actor
from payments.tests.factories import START, make_gateway, make_user, place, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import everything_falls_due, leases_end, quiet, work
from payments.tests.sandbox import DECLINED, Sandbox, deliver, deliver_all

pytestmark = pytest.mark.django_db(transaction=True)

Event = dict[str, Any]

TELLING = (
    "payment_intent.succeeded",
    "checkout.session.completed",
    "refund.created",
    "charge.refunded",
)


def paid_order(sandbox: Sandbox) -> tuple[RentalOrder, Payment, list[Event]]:
    """An order whose customer has paid, and the events that tell so; none has arrived yet."""
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    newest = newest_event(sandbox)
    sandbox.pay(payment.session_id)
    return order, payment, events_since(sandbox, newest)


def newest_event(sandbox: Sandbox) -> str:
    newest: list[Event] = sandbox.get("/v1/events", limit="1")["data"]
    return newest[0]["id"] if newest else ""


def events_since(sandbox: Sandbox, newest: str) -> list[Event]:
    """What happened after that event, oldest first."""
    bounds = {"ending_before": newest} if newest else {}
    return list(reversed(sandbox.get("/v1/events", limit="100", **bounds)["data"]))


def event_of(events: list[Event], event_type: str) -> Event:
    return next(event for event in events if event["type"] == event_type)


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
    assert ends[0]["sent"] == ["order_confirmed"]
    assert [end for end in ends if end != ends[0]] == []
    assert_books(sandbox)
