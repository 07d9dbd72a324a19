"""Test clocks: a time of their own for some customers."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from . import billing
from .billing import DAY
from .support import Running, until

JANUARY = 1_767_225_600  # 2026-01-01


def advance(client: stripe.StripeClient, clock_id: str, to: int) -> None:
    clocks = client.v1.test_helpers.test_clocks
    assert clocks.advance(clock_id, {"frozen_time": to}).status == "advancing"
    until(lambda: clocks.retrieve(clock_id).status == "ready", "the clock to be ready")


def subscribe(client: stripe.StripeClient, clock_id: str) -> stripe.Subscription:
    customer = billing.customer(client, test_clock=clock_id)
    params: Any = {"customer": customer, "items": [{"price": billing.price(client)}]}
    return client.v1.subscriptions.create(params)


def test_subscriptions_renew_as_the_clock_advances(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY, "name": "renewals"})
    before = sandbox.now()
    subscription = subscribe(client, clock.id)
    assert (subscription.created, subscription.test_clock) == (JANUARY, clock.id)
    for days in (31, 59, 90):
        advance(client, clock.id, JANUARY + days * DAY + 3601)
    invoices = client.v1.invoices.list({"subscription": subscription.id}).data
    assert [one.status for one in invoices] == ["paid"] * 4
    created = [one.created for one in invoices]
    assert created == [JANUARY + days * DAY for days in (90, 59, 31, 0)]
    assert sandbox.now() - before < 100
    assert client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time > created[0]


def test_what_happens_meanwhile_lies_between_its_events(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY})
    subscribe(client, clock.id)
    before = billing.last_event(client)
    advance(client, clock.id, JANUARY + 31 * DAY)
    types = billing.types_since(client, before)
    assert types[0] == "test_helpers.test_clock.advancing"
    assert "customer.subscription.updated" in types
    assert types[-1] == "test_helpers.test_clock.ready"


def test_the_sandboxs_own_clock_does_not_move_them(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY})
    subscription = subscribe(client, clock.id)
    sandbox.advance(100 * DAY)
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_it_goes_forward_by_at_most_two_intervals(client: stripe.StripeClient) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY})
    subscribe(client, clock.id)
    for time in (JANUARY, JANUARY - 1, JANUARY + 60 * DAY):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": time})
        assert refusal.value.param == "frozen_time"


def test_its_customers_go_with_it(client: stripe.StripeClient) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY})
    subscription = subscribe(client, clock.id)
    assert client.v1.test_helpers.test_clocks.list().data[0].id == clock.id
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted is True
    assert client.v1.customers.list({"test_clock": clock.id}).data == []
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
