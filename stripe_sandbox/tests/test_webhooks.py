"""stripe.md, "Events and webhooks"."""

from __future__ import annotations

import json
import time

import pytest
import stripe

from .support import DECLINED, Receiver, Running, until, wish


def paid_session(sandbox: Running) -> str:
    session = sandbox.client().v1.checkout.sessions.create(wish())
    sandbox.pay(session.id)
    return session.id


def test_a_webhook_is_signed_so_that_the_sdk_believes_it(
    hooked: Running, receiver: Receiver
) -> None:
    session_id = paid_session(hooked)
    one = receiver.wait_for("checkout.session.completed")[0]
    event = stripe.Webhook.construct_event(one.body, one.signature, "whsec_one")
    assert event.type == "checkout.session.completed"
    assert event.data.object["id"] == session_id
    assert event.api_version == "2026-10-28.endive"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(one.body, one.signature, "whsec_other")


def test_the_signature_bears_real_time_wherever_the_clock_stands(
    hooked: Running, receiver: Receiver
) -> None:
    hooked.advance(30 * 24 * 3600)
    paid_session(hooked)
    one = receiver.wait_for("checkout.session.completed")[0]
    stamp = int(one.signature.partition(",")[0].removeprefix("t="))
    assert abs(stamp - time.time()) < 60
    assert one.event["created"] > time.time() + 29 * 24 * 3600


def test_while_a_secret_rolls_both_sign(hooked: Running, receiver: Receiver) -> None:
    hooked.post("/_sandbox/webhooks", {"url": receiver.url, "secrets": ["whsec_new", "whsec_one"]})
    paid_session(hooked)
    one = receiver.wait_for("checkout.session.completed")[0]
    for secret in ("whsec_new", "whsec_one"):
        stripe.Webhook.construct_event(one.body, one.signature, secret)


@pytest.mark.parametrize("status", [500, 302, 404])
def test_anything_but_2xx_is_tried_again(hooked: Running, receiver: Receiver, status: int) -> None:
    receiver.answers = [status, status]
    hooked.client().v1.customers.create({})
    tries = receiver.wait_for("customer.created", 3)
    assert len({one.event["id"] for one in tries}) == 1
    event_id = tries[0].event["id"]
    log = until(
        lambda: [
            d
            for d in hooked.get("/_sandbox/deliveries").json()["data"]
            if d["event"] == event_id and d["state"] == "delivered"
        ],
        "the delivery",
    )
    assert log[0]["attempts"] == 3
    assert hooked.client().v1.events.retrieve(event_id).pending_webhooks == 0


def test_an_event_that_is_never_taken_stays_in_the_list(
    hooked: Running, receiver: Receiver
) -> None:
    receiver.answers = [500] * 4
    hooked.client().v1.customers.create({})
    until(
        lambda: hooked.get("/_sandbox/deliveries").json()["data"][0]["state"] == "failed",
        "the last attempt",
    )
    missed = hooked.client().v1.events.list({"delivery_success": False}).data
    assert [event.type for event in missed] == ["customer.created"]
    assert hooked.client().v1.events.list({"delivery_success": True}).data == []


def test_an_event_can_be_sent_again(hooked: Running, receiver: Receiver) -> None:
    hooked.client().v1.customers.create({})
    event = receiver.wait_for("customer.created")[0].event
    assert hooked.post(f"/_sandbox/events/{event['id']}/resend").status == 202
    first, second = receiver.wait_for("customer.created", 2)
    assert first.event["id"] == second.event["id"]


def test_a_lost_webhook_never_comes_and_can_be_found_in_the_list(
    hooked: Running, receiver: Receiver
) -> None:
    hooked.fault(webhook={"type": "charge.*", "kind": "lose"})
    paid_session(hooked)
    receiver.wait_for("checkout.session.completed")
    assert receiver.of_type("charge.succeeded") == []
    missed = until(
        lambda: [
            event.type
            for event in hooked.client().v1.events.list({"delivery_success": False}).data
            if event.pending_webhooks
        ],
    )
    assert "charge.succeeded" in missed


def test_a_doubled_webhook_comes_twice(hooked: Running, receiver: Receiver) -> None:
    hooked.fault(webhook={"type": "customer.created", "kind": "double", "times": 1})
    hooked.client().v1.customers.create({})
    first, second = receiver.wait_for("customer.created", 2)
    assert first.event["id"] == second.event["id"]


def test_a_delayed_webhook_waits_for_the_clock(hooked: Running, receiver: Receiver) -> None:
    hooked.fault(webhook={"type": "charge.succeeded", "kind": "delay", "seconds": 3600})
    paid_session(hooked)
    receiver.wait_for("checkout.session.completed")
    assert receiver.of_type("charge.succeeded") == []
    hooked.advance(3601)
    receiver.wait_for("charge.succeeded")


def test_held_webhooks_are_released_in_the_wanted_order(
    hooked: Running, receiver: Receiver
) -> None:
    hooked.fault(webhook={"kind": "hold"})
    paid_session(hooked)
    events = [event.id for event in hooked.client().v1.events.list().data]
    order = sorted(events)
    assert receiver.received == []
    hooked.post("/_sandbox/webhooks/release", {"events": order})
    until(lambda: len(receiver.received) == len(order), "all of them")
    assert [one.event["id"] for one in receiver.received] == order


def test_an_event_shows_its_object_as_it_was(hooked: Running, receiver: Receiver) -> None:
    client = hooked.client()
    session = client.v1.checkout.sessions.create(wish())
    hooked.pay(session.id, DECLINED)
    hooked.pay(session.id)
    client.v1.refunds.create({"payment_intent": client.v1.payment_intents.list().data[0].id})
    succeeded = receiver.wait_for("charge.succeeded")[0].event["data"]["object"]
    refunded = receiver.wait_for("charge.refunded")[0].event["data"]["object"]
    assert succeeded["id"] == refunded["id"]
    assert (succeeded["amount_refunded"], refunded["amount_refunded"]) == (0, 5000)
    created = receiver.wait_for("payment_intent.created")[0].event["data"]["object"]
    assert created["status"] == "requires_payment_method"


def test_an_event_names_the_request_that_caused_it(hooked: Running, receiver: Receiver) -> None:
    hooked.client().v1.customers.create({}, {"idempotency_key": "mine"})
    request = receiver.wait_for("customer.created")[0].event["request"]
    assert request["idempotency_key"] == "mine"
    assert request["id"].startswith("req_")


def test_events_are_listed_by_type(hooked: Running) -> None:
    paid_session(hooked)
    client = hooked.client()
    of_one = client.v1.events.list({"type": "charge.succeeded"}).data
    assert [event.type for event in of_one] == ["charge.succeeded"]
    of_two = client.v1.events.list({"types": ["charge.succeeded", "payment_intent.succeeded"]})
    assert len(of_two.data) == 2


def test_deliveries_and_their_ends_are_in_the_journal(hooked: Running, receiver: Receiver) -> None:
    hooked.client().v1.customers.create({})
    receiver.wait_for("customer.created")
    lines = until(
        lambda: json.loads(hooked.get("/_sandbox/journal?kind=webhook").text)["data"],
        "the journal",
    )
    assert (lines[0]["type"], lines[0]["status"]) == ("customer.created", 200)
