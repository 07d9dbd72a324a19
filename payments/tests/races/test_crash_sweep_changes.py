"""CRASH SWEEP for changes (D02, D6.1): killed at any message, an order is what its customer paid.

Either it is as it was, and what was paid since is whole again; or it is changed, and the difference
was paid, or came back, exactly once. Units are held as the order says.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.models import Payment, Refund, RentalOrder, WebhookEvent
from payments.services import changes, webhooks
from payments.services.journal import SYSTEM
from payments.services.lifecycle import lock_order
from payments.services.settlement import settle
from payments.tests.factories import (
    api_client,
    make_gateway,
    make_user,
    period,
    place_with_checkout,
)
from payments.tests.races.books import assert_books
from payments.tests.races.crash import Flow, Wires, counted
from payments.tests.races.quiet import leases_end, quiet, work
from payments.tests.races.test_crash_sweep import confirmed, sessions_of, wires
from payments.tests.sandbox import Sandbox, deliver_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

__all__ = ["wires"]  # the fixture

PAID, A_DAY = 10_950, 2_975  # for two days of the default product; one more or one less


def ask(order: RentalOrder, kind: ChangeKind, days: int) -> int:
    """The customer asks for so many days, always by the same request."""
    answer: Any = api_client(order.customer).post(
        f"/payments/rental-orders/{order.pk}/{kind.value.lower()}/",
        {"rental_end_date": period(days).end.isoformat()},
        format="json",
        headers={"Idempotency-Key": f"change-{order.pk}"},
    )
    return int(answer.status_code)


def extend(order: RentalOrder) -> int:
    return ask(order, ChangeKind.EXTEND, 3)


def shorten(order: RentalOrder) -> int:
    return ask(order, ChangeKind.SHORTEN, 1)


def page_of(order: RentalOrder) -> Payment:
    return order.payments.get(purpose="EXTENSION")


def assert_stands(order: RentalOrder, days: int, paid: int, change: str) -> None:
    """So long, so much money for it, these units and no others, and one change at most."""
    order.refresh_from_db()
    assert (order.status, order.rental_end_date) == ("CONFIRMED", period(days).end)
    rows: Any = order.reservations.values_list(
        "change", "quantity", "starts_at", "ends_at", "is_active"
    )
    assert list(rows) == [(None, 1, period().start, period(days).end, True)]
    money = order.payments.values_list("captured_minor", "refunded_minor")
    assert sum(captured - refunded for captured, refunded in money) == order.due_minor == paid
    assert [made.status for made in order.changes.all()] == [change] * bool(change)


def assert_extended(sandbox: Sandbox, order: RentalOrder) -> None:
    assert_stands(order, 3, PAID + A_DAY, "APPLIED")
    page = page_of(order)
    assert (page.status, page.captured_minor) == ("SUCCEEDED", A_DAY)
    assert sessions_of(sandbox, page) == [page.session_id]
    assert not Refund.objects.filter(order=order).exists()


def test_asking_for_an_extension_survives_a_kill_at_any_message(
    sandbox: Sandbox, wires: Wires
) -> None:
    """A client that asks again and pays; and every third time one that never comes back."""
    make_gateway()
    count = counted(wires, partial(extend, confirmed(sandbox)))
    assert count.stripe.durable
    for number, strikes in enumerate(count.worlds(wires)):
        order = confirmed(sandbox)
        wires.run(partial(extend, order), *strikes)
        if number % 3:
            leases_end()
            assert extend(order) == 200
            sandbox.pay(page_of(order).session_id)
            quiet()
            assert_extended(sandbox, order)
        else:
            order.payments.filter(purpose="EXTENSION").update(payable_until=timezone.now())
            quiet()
            assert_stands(order, 2, PAID, "EXPIRED" if order.changes.exists() else "")
    assert_books(sandbox)


def unpaid() -> RentalOrder:
    return place_with_checkout(make_user(), (make_product(units=1), 1))[0]


def pay_what_is_open(sandbox: Sandbox, order: RentalOrder) -> bool:
    """The customer, on the one page that Stripe lets him pay on, if there is one."""
    pages = [name for page in order.payments.all() for name in sessions_of(sandbox, page)]
    shown = [sandbox.get(f"/v1/checkout/sessions/{name}") for name in pages]
    payable = [session["id"] for session in shown if session["status"] == "open"]
    assert len(payable) < 2
    for name in payable:
        sandbox.pay(name)
    return bool(payable)


def test_changing_an_unpaid_order_survives_a_kill_at_any_message(
    sandbox: Sandbox, wires: Wires
) -> None:
    """D6.6: a client that asks again and pays; and every third time one who only pays, at once."""
    make_gateway()
    count = counted(wires, partial(extend, unpaid()))
    assert count.stripe.durable
    stood = set()
    for number, strikes in enumerate(count.worlds(wires)):
        order = unpaid()
        wires.run(partial(extend, order), *strikes)
        if number % 3:
            leases_end()
            assert extend(order) == 200
        if not pay_what_is_open(sandbox, order):
            quiet()  # a worker opens the new page
            assert pay_what_is_open(sandbox, order)
        quiet()
        order.refresh_from_db()
        is_longer = order.rental_end_date == period(3).end
        assert is_longer or number % 3 == 0
        ended = "CANCELLED" if order.changes.exists() else ""
        days, paid, change = (3, PAID + A_DAY, "APPLIED") if is_longer else (2, PAID, ended)
        assert_stands(order, days, paid, change)
        stood.add((days, change))
    assert {(2, "CANCELLED"), (3, "APPLIED")} <= stood
    assert_books(sandbox)


def told_paid(sandbox: Sandbox) -> tuple[RentalOrder, Flow]:
    """An extension is paid, and the event that tells so has arrived: applying it is left."""
    order = confirmed(sandbox)
    assert extend(order) == 200
    sandbox.pay(page_of(order).session_id)
    completed = sandbox.get("/v1/events", limit="1")["data"]
    deliver_all(Client(), completed)
    event = WebhookEvent.objects.get(event_id=completed[0]["id"])
    return order, partial(webhooks.apply_event, event.pk)


def test_extending_what_is_paid_survives_a_kill_at_any_message(
    sandbox: Sandbox, wires: Wires
) -> None:
    make_gateway()
    count = counted(wires, told_paid(sandbox)[1])
    assert count.database.messages > 8
    for strikes in count.worlds(wires):
        order, flow = told_paid(sandbox)
        wires.run(flow, *strikes)
        leases_end()
        work()  # the event itself must do it, before anybody asks Stripe
        assert_extended(sandbox, order)
    assert_books(sandbox)


def after_kills_while(
    shortening: Callable[[RentalOrder], object], sandbox: Sandbox, wires: Wires
) -> Iterator[RentalOrder]:
    """For each kill an order whose customer asked again, when nothing changes any more."""
    make_gateway()
    count = counted(wires, partial(shortening, confirmed(sandbox)))
    assert count.database.messages > 8
    for strikes in count.worlds(wires):
        order = confirmed(sandbox)
        wires.run(partial(shortening, order), *strikes)
        assert shorten(order) == 200
        quiet()
        yield order


def test_shortening_survives_a_kill_at_any_message(sandbox: Sandbox, wires: Wires) -> None:
    """D5: a month ahead all of the day comes back."""
    for order in after_kills_while(shorten, sandbox, wires):
        assert_stands(order, 1, PAID - A_DAY, "APPLIED")
        refund = Refund.objects.get(order=order)
        made = sandbox.get("/v1/refunds", payment_intent=refund.payment.intent_id)["data"]
        assert [(row["id"], row["amount"]) for row in made] == [(refund.gateway_refund_id, A_DAY)]
    assert_books(sandbox)


def shorten_in_two_steps(order: RentalOrder) -> None:
    """What one would write at first: the order commits, and then its money is looked at."""
    with patch.object(changes, "settle"):
        shorten(order)
    with transaction.atomic(durable=True):
        settle(lock_order(order.pk), SYSTEM, because=Refund.Source.CHANGE)


def test_a_shortening_in_two_steps_keeps_the_money(sandbox: Sandbox, wires: Wires) -> None:
    """The twin of the test above: it shows that it would notice."""
    orders = after_kills_while(shorten_in_two_steps, sandbox, wires)
    assert any(not Refund.objects.filter(order=order).exists() for order in orders)
