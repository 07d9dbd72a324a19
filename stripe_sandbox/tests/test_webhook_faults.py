"""What can be wrong with a webhook (stripe.md, "Events and webhooks"); the seed repeats it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from .support import Receiver, Running, until, wish


def faulty(sandbox: Running, **rule: Any) -> None:
    sandbox.fault(webhook={"type": "customer.created", "times": 1, **rule})


def refused(received: Any, secret: str = "whsec_one") -> bool:
    try:
        stripe.Webhook.construct_event(received.body, received.signature, secret)
    except stripe.SignatureVerificationError:
        return True
    return False


def test_an_event_that_was_never_made_is_in_no_list(hooked: Running, receiver: Receiver) -> None:
    faulty(hooked, kind="never_made")
    hooked.client().v1.customers.create({})
    assert hooked.event_types() == []
    hooked.client().v1.customers.create({})
    receiver.wait_for("customer.created")
    assert len(receiver.received) == 1


@pytest.mark.parametrize("kind", ["tamper", "stale", "other_secret"])
def test_a_forgery_is_refused_and_its_retry_is_true(
    hooked: Running, receiver: Receiver, kind: str
) -> None:
    receiver.answers = [400]
    faulty(hooked, kind=kind)
    hooked.client().v1.customers.create({})
    forged, true = receiver.wait_for("customer.created", 2)
    assert refused(forged)
    assert not refused(true)
    journal = hooked.get("/_sandbox/journal?kind=webhook").json()["data"]
    assert journal[0]["fault"] == kind


def test_a_tampered_event_promises_more_money(hooked: Running, receiver: Receiver) -> None:
    hooked.fault(webhook={"type": "payment_intent.succeeded", "kind": "tamper", "times": 1})
    session = hooked.client().v1.checkout.sessions.create(wish())
    hooked.pay(session.id)
    event = receiver.wait_for("payment_intent.succeeded")[0].event
    assert event["data"]["object"]["amount_received"] == 15000
    assert hooked.client().v1.payment_intents.list().data[0].amount_received == 5000


def test_a_stale_signature_is_as_old_as_wished(hooked: Running, receiver: Receiver) -> None:
    faulty(hooked, kind="stale", seconds=301)
    hooked.client().v1.customers.create({})
    mark = receiver.wait_for("customer.created")[0].signature
    assert time.time() - int(mark.partition(",")[0].removeprefix("t=")) == pytest.approx(301, abs=5)


def test_a_webhook_can_be_signed_with_a_secret_of_old(hooked: Running, receiver: Receiver) -> None:
    faulty(hooked, kind="other_secret", secret="whsec_old")
    hooked.client().v1.customers.create({})
    one = receiver.wait_for("customer.created")[0]
    assert refused(one)
    assert not refused(one, "whsec_old")


def test_an_event_of_the_other_livemode_is_well_signed(hooked: Running, receiver: Receiver) -> None:
    faulty(hooked, kind="other_livemode")
    hooked.client().v1.customers.create({})
    one = receiver.wait_for("customer.created")[0]
    assert not refused(one)
    assert one.event["livemode"] is True


def shuffled(hooked: Running, receiver: Receiver) -> list[str]:
    """The order in which six customers' events arrive when four and then the rest are shuffled."""
    receiver.received.clear()
    hooked.post("/_sandbox/reset")
    hooked.fault(webhook={"kind": "shuffle", "size": 4, "seconds": 60})
    for number in range(6):
        hooked.client().v1.customers.create({"name": str(number)})
    until(lambda: len(receiver.received) == 4, "the first four")
    hooked.advance(60)
    until(lambda: len(receiver.received) == 6, "the last two")
    return [one.event["data"]["object"]["name"] for one in receiver.received]


def test_webhooks_are_shuffled_and_the_seed_repeats_the_order(
    hooked: Running, receiver: Receiver
) -> None:
    order = shuffled(hooked, receiver)
    assert sorted(order[:4]) == ["0", "1", "2", "3"]
    assert sorted(order) == ["0", "1", "2", "3", "4", "5"]
    assert order != sorted(order)
    assert shuffled(hooked, receiver) == order


def test_a_delivery_tells_each_attempt(hooked: Running, receiver: Receiver) -> None:
    receiver.answers = [500]
    hooked.client().v1.customers.create({})
    receiver.wait_for("customer.created", 2)
    log = until(
        lambda: [
            line
            for line in json.loads(hooked.get("/_sandbox/deliveries").text)["data"]
            if line["state"] == "delivered"
        ]
    )
    assert log[0]["attempts"] == 2
