"""What befalls payments without a call: refunds that fail later, holds that lapse."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.faults import KINDS, TRIGGERS
from stripe_sandbox.outcomes import OUTCOMES

from .support import Running, wish


def paid(client: stripe.StripeClient, sandbox: Running, **more: Any) -> stripe.PaymentIntent:
    sandbox.pay(client.v1.checkout.sessions.create(wish(**more)).id)
    return client.v1.payment_intents.list().data[0]


def test_a_refund_fails_when_told_to(sandbox: Running, client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client, sandbox).id})
    answer = sandbox.post("/_sandbox/outcomes", {"kind": "fail_refund", "id": refund.id})
    assert answer.json()["status"] == "failed"
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    again = sandbox.post("/_sandbox/outcomes", {"kind": "fail_refund", "id": refund.id})
    assert (again.status, again.json()["error"]["message"]) == (
        400,
        "fail_refund cannot befall it any more: it is failed.",
    )


def test_a_rule_has_a_refund_fail_later(sandbox: Running, client: stripe.StripeClient) -> None:
    intent = paid(client, sandbox)
    sandbox.fault(outcome={"kind": "fail_refund", "seconds": 3600, "times": 1})
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    second = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    sandbox.advance(3500)
    assert client.v1.refunds.retrieve(first.id).status == "succeeded"
    sandbox.advance(200)
    assert client.v1.refunds.retrieve(first.id).status == "failed"
    assert client.v1.refunds.retrieve(second.id).status == "succeeded"


def test_a_hold_lapses_before_its_time(sandbox: Running, client: stripe.StripeClient) -> None:
    held = paid(client, sandbox, payment_intent_data={"capture_method": "manual"})
    answer = sandbox.post("/_sandbox/outcomes", {"kind": "lapse_hold", "id": held.id})
    assert answer.json()["cancellation_reason"] == "automatic"
    assert sandbox.post("/_sandbox/outcomes", {"kind": "lapse_hold", "id": held.id}).status == 400


def test_a_rule_has_a_hold_lapse_later(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(outcome={"kind": "lapse_hold", "seconds": 600})
    held = paid(client, sandbox, payment_intent_data={"capture_method": "manual"})
    sandbox.advance(601)
    assert client.v1.payment_intents.retrieve(held.id).status == "canceled"


def test_an_outcome_that_came_too_late_does_nothing(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.fault(outcome={"kind": "lapse_hold", "seconds": 600})
    held = paid(client, sandbox, payment_intent_data={"capture_method": "manual"})
    client.v1.payment_intents.capture(held.id)
    sandbox.advance(601)
    assert client.v1.payment_intents.retrieve(held.id).status == "succeeded"


@pytest.mark.parametrize("wish", [{}, {"kind": "explode"}, {"kind": "fail_refund", "id": "re_no"}])
def test_an_impossible_outcome_is_refused(sandbox: Running, wish: Any) -> None:
    assert sandbox.post("/_sandbox/outcomes", wish).status in (400, 404)


def test_every_outcome_can_be_planned() -> None:
    assert set(OUTCOMES) == set(KINDS["outcome"]) == set(TRIGGERS)
