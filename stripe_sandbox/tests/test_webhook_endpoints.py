"""stripe.md, "Events and webhooks": endpoints, what they are told, and their secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from .support import Receiver, Running, until


@pytest.fixture(autouse=True)
def no_endpoints(sandbox: Running) -> Iterator[None]:
    yield
    sandbox.api("DELETE", "/_sandbox/webhooks")


def endpoint(client: stripe.StripeClient, receiver: Receiver, *types: str, **more: Any) -> Any:
    params: Any = {"url": receiver.url, "enabled_events": list(types) or ["*"], **more}
    return client.v1.webhook_endpoints.create(params)


def believed(receiver: Receiver, count: int, secret: str | None) -> bool:
    one = receiver.wait_for("customer.created", count)[-1]
    try:
        stripe.Webhook.construct_event(one.body, one.signature, secret or "")
    except stripe.SignatureVerificationError:
        return False
    return True


def test_the_secret_is_told_once_and_signs(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = endpoint(client, receiver)
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
    client.v1.customers.create({})
    assert believed(receiver, 1, made.secret)


def test_only_enabled_events_are_told(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint(client, receiver, "customer.deleted")
    customer = client.v1.customers.create({})
    client.v1.customers.delete(customer.id)
    receiver.wait_for("customer.deleted")
    assert receiver.of_type("customer.created") == []
    created = client.v1.events.list({"type": "customer.created"}).data[0]
    assert created.pending_webhooks == 0
    until(
        lambda: not client.v1.events.list({"type": "customer.deleted"}).data[0].pending_webhooks,
        "the event to be counted off",
    )


def test_a_disabled_endpoint_hears_nothing(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = endpoint(client, receiver)
    off = client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    assert off.status == "disabled"
    client.v1.customers.create({})
    assert client.v1.events.list({"type": "customer.created"}).data[0].pending_webhooks == 0
    on = client.v1.webhook_endpoints.update(
        made.id, {"disabled": False, "enabled_events": ["customer.deleted", "customer.created"]}
    )
    assert (on.status, len(on.enabled_events)) == ("enabled", 2)
    second = client.v1.customers.create({})
    told = receiver.wait_for("customer.created")
    assert [one.event["data"]["object"]["id"] for one in told] == [second.id]


def test_retries_end_when_the_endpoint_is_deleted(
    sandbox: Running, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.answers = [500] * 10
    receiver.may_answer.clear()
    made = endpoint(client, receiver)
    client.v1.customers.create({})
    receiver.wait_for("customer.created")
    assert client.v1.webhook_endpoints.delete(made.id).deleted is True
    receiver.may_answer.set()
    until(
        lambda: sandbox.get("/_sandbox/deliveries").json()["data"][0]["state"] == "failed",
        "the delivery to be given up",
    )
    assert len(receiver.received) == 1
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.webhook_endpoints.retrieve(made.id)
    assert refusal.value.code == "resource_missing"


def test_its_events_bear_its_version(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint(client, receiver, api_version="2024-06-20")
    client.v1.customers.create({})
    assert receiver.wait_for("customer.created")[0].event["api_version"] == "2024-06-20"


def test_after_rolling_both_secrets_sign_for_a_while(
    sandbox: Running, client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = endpoint(client, receiver)
    answer = sandbox.post(f"/_sandbox/webhooks/{made.id}/roll", {"seconds": 3600})
    new = answer.json()["secret"]
    assert new != made.secret
    client.v1.customers.create({})
    assert believed(receiver, 1, made.secret)
    assert believed(receiver, 1, new)
    sandbox.advance(3601)
    client.v1.customers.create({})
    assert not believed(receiver, 2, made.secret)
    assert believed(receiver, 2, new)


def test_a_secret_can_be_rolled_at_once(
    sandbox: Running, client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = endpoint(client, receiver)
    sandbox.post(f"/_sandbox/webhooks/{made.id}/roll", {"seconds": 0})
    client.v1.customers.create({})
    assert not believed(receiver, 1, made.secret)


def test_endpoints_are_listed_newest_first_and_bear_metadata(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    first = endpoint(client, receiver, metadata={"team": "a"})
    second = endpoint(client, receiver, description="the other one")
    listed = client.v1.webhook_endpoints.list({"limit": 1})
    assert ([one.id for one in listed.data], listed.has_more) == ([second.id], True)
    more = client.v1.webhook_endpoints.list({"starting_after": second.id}).data
    assert [(one.id, one.metadata.to_dict()) for one in more] == [(first.id, {"team": "a"})]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"enabled_events": ["customer*"]}, "enabled_events[0]"),
        ({"url": "ftp://shop.test/"}, "url"),
        ({"connect": True}, "connect"),
    ],
)
def test_what_it_cannot_be_is_refused(
    client: stripe.StripeClient, receiver: Receiver, more: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        endpoint(client, receiver, **more)
    assert refusal.value.param == param


def test_there_are_at_most_sixteen(client: stripe.StripeClient, receiver: Receiver) -> None:
    for _ in range(16):
        endpoint(client, receiver, "customer.deleted")
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        endpoint(client, receiver)
