"""The sandbox without sockets, under the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import stripe

from stripe_sandbox.inprocess import InProcess, InProcessClient
from stripe_sandbox.sandbox import Settings

from .support import PAYS, Receiver, wish


@pytest.fixture
def sandbox() -> Iterator[InProcess]:
    with InProcess(Settings(seed=1)) as sandbox:
        yield sandbox


def test_a_session_is_paid_and_refunded(sandbox: InProcess) -> None:
    client = sandbox.client()
    session = client.v1.checkout.sessions.create(wish())
    assert str(session.url).startswith("http://stripe-sandbox.invalid/c/pay/")
    paid = sandbox.control("POST", f"/_sandbox/checkout/{session.id}/pay", {"card": PAYS})
    assert paid["outcome"] == "paid"
    intent_id = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    refund = client.v1.refunds.create({"payment_intent": str(intent_id)})
    assert refund.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": str(intent_id)})
    types = [event.type for event in client.v1.events.list().data]
    assert "checkout.session.completed" in types


def test_the_clock_moves_and_what_is_due_happens(sandbox: InProcess) -> None:
    session = sandbox.client().v1.checkout.sessions.create(wish())
    sandbox.control("POST", "/_sandbox/clock/advance", {"seconds": 90_000})
    assert sandbox.client().v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_a_cut_is_a_connection_error_and_the_sdk_gets_over_it(sandbox: InProcess) -> None:
    rule = {"match": {"method": "POST"}, "kind": "drop_reply", "times": 1}
    sandbox.control("POST", "/_sandbox/faults", rule)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client().v1.customers.create({})
    sandbox.control("POST", "/_sandbox/faults", rule)
    sandbox.client(max_network_retries=1).v1.customers.create({})
    assert len(sandbox.client().v1.customers.list().data) == 2


def test_a_slow_answer_is_a_timeout_though_the_call_is_executed(sandbox: InProcess) -> None:
    rule = {"match": {"method": "POST"}, "kind": "slow", "seconds": 0.5, "times": 1}
    sandbox.control("POST", "/_sandbox/faults", rule)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client(http_client=InProcessClient(sandbox, timeout=0.1)).v1.customers.create({})
    assert len(sandbox.client().v1.customers.list().data) == 1


def test_the_asynchronous_methods_work(sandbox: InProcess) -> None:
    client = sandbox.client()
    customer = asyncio.run(client.v1.customers.create_async({"name": "Alice"}))
    assert client.v1.customers.retrieve(customer.id).name == "Alice"


def test_webhooks_are_sent_from_within_too(receiver: Receiver) -> None:
    with InProcess(webhooks={receiver.url: "whsec_one"}) as sandbox:
        sandbox.client().v1.customers.create({})
        one = receiver.wait_for("customer.created")[0]
    stripe.Webhook.construct_event(one.body, one.signature, "whsec_one")


def test_each_has_books_of_its_own(sandbox: InProcess) -> None:
    sandbox.client().v1.customers.create({})
    with InProcess() as other:
        assert other.client().v1.customers.list().data == []
