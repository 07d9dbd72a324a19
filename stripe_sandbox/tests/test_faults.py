"""The fault plan: each kind of fault, and that it ends when it is spent."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from .support import Running, wish

SESSIONS = {"method": "POST", "path": "/v1/checkout/sessions"}


def create(client: stripe.StripeClient, key: str = "k") -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(wish(), {"idempotency_key": key})


def made(sandbox: Running) -> int:
    count: int = sandbox.get("/_sandbox/state").json()["checkout_sessions"]
    return count


def test_a_refused_call_is_cut_and_not_executed(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.fault(match=SESSIONS, kind="refuse", times=1)
    with pytest.raises(stripe.APIConnectionError):
        create(client)
    assert made(sandbox) == 0
    assert sandbox.calls()[0]["status"] is None
    create(client)
    assert made(sandbox) == 1


def test_a_dropped_reply_was_executed_and_its_retry_is_a_replay(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.fault(match=SESSIONS, kind="drop_reply", times=1)
    with pytest.raises(stripe.APIConnectionError):
        create(client)
    assert made(sandbox) == 1
    again = create(client)
    assert made(sandbox) == 1
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"


def test_the_sdk_gets_over_a_dropped_reply_by_itself(sandbox: Running) -> None:
    sandbox.fault(match=SESSIONS, kind="drop_reply", times=1)
    sandbox.client(max_network_retries=2).v1.checkout.sessions.create(wish())
    assert made(sandbox) == 1


def test_a_slow_answer_comes_late(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match=SESSIONS, kind="slow", seconds=0.5, times=1)
    started = time.monotonic()
    create(client)
    assert time.monotonic() - started >= 0.5


def test_a_trickle_of_bytes_outlasts_a_read_timeout(sandbox: Running) -> None:
    impatient = sandbox.client(http_client=stripe.RequestsClient(timeout=2))
    sandbox.fault(match={"path": "/v1/charges"}, kind="trickle", seconds=0.05, times=1)
    started = time.monotonic()
    assert impatient.v1.charges.list().data == []
    assert time.monotonic() - started > 2


def test_too_many_requests_are_not_executed(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match=SESSIONS, kind="status_429", times=1)
    with pytest.raises(stripe.RateLimitError):
        create(client)
    assert made(sandbox) == 0
    create(client)


@pytest.mark.parametrize(("execute", "sessions"), [(False, 0), (True, 1)])
def test_a_saved_500_is_replayed_for_ever(
    sandbox: Running, client: stripe.StripeClient, execute: bool, sessions: int
) -> None:
    sandbox.fault(match=SESSIONS, kind="saved_500", times=1, execute=execute)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            create(client)
        assert broken.value.http_status == 500
    assert broken.value.headers is not None
    assert broken.value.headers["idempotent-replayed"] == "true"
    assert made(sandbox) == sessions
    create(client, "another key")
    assert made(sandbox) == sessions + 1


def test_a_fault_may_wait_for_the_third_call(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match=SESSIONS, kind="refuse", after=2, times=1)
    create(client, "1")
    create(client, "2")
    with pytest.raises(stripe.APIConnectionError):
        create(client, "3")
    create(client, "3")


def test_the_plan_can_be_read_and_cleared(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match={"path": "/v1/*"}, kind="refuse")
    assert sandbox.get("/_sandbox/faults").json()["faults"][0]["path"] == "/v1/*"
    with pytest.raises(stripe.APIConnectionError):
        client.v1.charges.list()
    sandbox.api("DELETE", "/_sandbox/faults")
    assert client.v1.charges.list().data == []


def test_one_rule_can_be_removed(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match={"path": "/v1/charges"}, kind="refuse")
    sandbox.fault(match={"path": "/v1/refunds"}, kind="refuse")
    assert sandbox.api("DELETE", "/_sandbox/faults/fault_1").status == 200
    assert client.v1.charges.list().data == []
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.list()
    assert sandbox.api("DELETE", "/_sandbox/faults/fault_1").status == 400


def unlucky(sandbox: Running) -> list[int]:
    sandbox.post("/_sandbox/reset")
    sandbox.fault(match={"path": "/v1/charges"}, kind="status_429", chance=0.5)
    return [sandbox.api("GET", "/v1/charges").status for _ in range(20)]


def test_a_fault_may_come_by_chance_and_the_seed_repeats_it(sandbox: Running) -> None:
    statuses = unlucky(sandbox)
    assert set(statuses) == {200, 429}
    assert unlucky(sandbox) == statuses


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "explode"},
        {"kind": "slow", "seconds": "long"},
        {"kind": "slow", "colour": "red"},
        {"webhook": {"kind": "refuse"}},
        {"outcome": {"kind": "refuse"}},
        {"kind": "slow", "seconds": -1},
        {"match": 3, "kind": "refuse"},
        {"kind": "refuse", "times": True},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(sandbox: Running, rule: dict[str, Any]) -> None:
    answer = sandbox.post("/_sandbox/faults", rule)
    assert answer.status == 400
    assert answer.json()["error"]["message"]
