"""What the adapter makes of Stripe's objects and events."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from payments.domain import facts
from payments.domain.facts import DisputeFact, PaymentFact, RefundFact
from payments.domain.states import DisputeStatus, RefundStatus
from payments.gateways.base import CheckoutLine, RefundOrder, Sought
from payments.gateways.stripe.facts import normalize, session_facts
from payments.tests.gateways.support import event_of, gateway, intent_of, opened, outcome
from payments.tests.sandbox import DECLINED, Sandbox

REFUND_PENDS = "4000000000007726"


def events(sandbox: Sandbox, event_type: str) -> list[dict[str, Any]]:
    return [event for event in sandbox.events() if event["type"] == event_type]


def told(sandbox: Sandbox, event_type: str) -> Any:
    """The one fact of the newest event of that type."""
    normal = normalize(events(sandbox, event_type)[-1])
    assert normal.look_up == ""
    (fact,) = normal.facts
    return fact


def test_a_paid_session_and_its_intent_tell_the_same_fact(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    expected = PaymentFact(
        outcome=facts.SUCCEEDED,
        payment_id=wanted.payment_id,
        session_id=session.session_id,
        intent_id=intent,
        amount_minor=11_900,
        currency="EUR",
        ref=f"{intent}:succeeded",
    )
    assert told(sandbox, "checkout.session.completed") == expected
    assert told(sandbox, "payment_intent.succeeded") == replace(expected, session_id="")
    asked = gateway(sandbox).fetch_payment(Sought("", session.session_id, ""))
    assert asked == [expected]


def test_a_dispute_tells_how_it_stands_and_what_it_did_to_the_money(sandbox: Sandbox) -> None:
    """Its events only say where to look: what they tell may be over by the time they come."""
    _, session = opened(sandbox)
    sandbox.pay(session.session_id, "4000000000000259")
    intent = intent_of(sandbox, session)
    [dispute] = sandbox.get("/v1/disputes", payment_intent=intent)["data"]
    normal = normalize(events(sandbox, "charge.dispute.created")[-1])
    assert (normal.facts, normal.look_up) == ((), dispute["id"])
    told = gateway(sandbox).fetch_object(dispute["id"])[-1]
    assert told == DisputeFact(
        status=DisputeStatus.NEEDS_RESPONSE,
        gateway_dispute_id=dispute["id"],
        intent_id=intent,
        amount_minor=11_900,
        currency="EUR",
        reason="fraudulent",
        respond_by=datetime.fromtimestamp(dispute["evidence_details"]["due_by"], UTC).isoformat(),
        movements=(f"{dispute['balance_transactions'][0]['id']}:withdrawn",),
    )
    assert facts.from_json(json.loads(json.dumps(facts.to_json(told)))) == told


def test_a_decline_names_its_attempt_and_its_reason(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.pay(session.session_id, DECLINED)
    sandbox.pay(session.session_id, "4000000000009995")
    first, second = (
        normalize(event).facts[0] for event in events(sandbox, "payment_intent.payment_failed")
    )
    assert isinstance(first, PaymentFact)
    assert isinstance(second, PaymentFact)
    assert first.outcome == second.outcome == facts.DECLINED
    assert (first.error_code, second.error_code) == ("generic_decline", "insufficient_funds")
    assert first.ref != second.ref
    assert first.payment_id == wanted.payment_id
    assert outcome(gateway(sandbox), session) == facts.OPEN


def test_an_expired_session_can_never_be_paid(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.advance(2 * 3600)
    fact = told(sandbox, "checkout.session.expired")
    assert (fact.outcome, fact.payment_id) == (facts.CANCELLED, wanted.payment_id)
    assert outcome(gateway(sandbox), session) == facts.CANCELLED


def test_an_intent_that_was_cancelled_with_its_session_says_so(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id, DECLINED)
    gateway(sandbox).expire_checkout(session.session_id, "closing")
    assert told(sandbox, "payment_intent.canceled").outcome == facts.CANCELLED


def test_a_refund_says_how_far_it_is_and_whose_it_was(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id, REFUND_PENDS)
    intent = intent_of(sandbox, session)
    adapter = gateway(sandbox)
    answer = adapter.refund(RefundOrder("our-refund", intent, 900, "EUR"), "k")
    expected = RefundFact(
        status=RefundStatus.PROCESSING,
        gateway_refund_id=answer.gateway_refund_id,
        intent_id=intent,
        amount_minor=900,
        currency="EUR",
        refund_id="our-refund",
    )
    assert answer == told(sandbox, "refund.created") == expected
    sandbox.advance(60)
    done = replace(expected, status=RefundStatus.SUCCEEDED)
    assert told(sandbox, "refund.updated") == done
    assert adapter.fetch_refunds(intent) == [done]
    paid = adapter.fetch_payment(Sought("", "", intent))
    assert [type(fact) for fact in paid] == [PaymentFact, RefundFact]


def test_more_refunds_than_fit_a_page_are_all_fetched(sandbox: Sandbox) -> None:
    _, session = opened(sandbox, lines=[CheckoutLine("Boat", 100_000)])
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    for _ in range(103):
        sandbox.post("/v1/refunds", payment_intent=intent, amount="1")
    assert len(gateway(sandbox).fetch_refunds(intent)) == 103


def test_a_refunded_charge_makes_us_look_for_its_refunds(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    sandbox.post("/v1/refunds", payment_intent=intent, amount="900")
    normal = normalize(events(sandbox, "charge.refunded")[-1])
    assert (normal.facts, normal.look_up) == ((), intent)


@pytest.mark.parametrize(
    ("status", "payment_status", "intent_status", "expected"),
    [
        ("open", "unpaid", None, facts.OPEN),
        ("complete", "paid", "succeeded", facts.SUCCEEDED),
        ("complete", "unpaid", "processing", facts.PROCESSING),
        ("complete", "unpaid", "requires_payment_method", facts.FAILED),  # the bank said no
        ("complete", "unpaid", "canceled", facts.CANCELLED),
        ("expired", "unpaid", None, facts.CANCELLED),
        ("something_new", "unpaid", None, facts.OPEN),
    ],
)
def test_what_a_session_says_depends_on_whether_it_is_paid(
    status: str, payment_status: str, intent_status: str | None, expected: str
) -> None:
    """B10, D6.3."""
    session = {
        "id": "cs_1",
        "status": status,
        "payment_status": payment_status,
        "payment_intent": {"id": "pi_1", "status": intent_status} if intent_status else None,
        "amount_total": 100,
        "currency": "eur",
    }
    (fact,) = session_facts(session)
    assert isinstance(fact, PaymentFact)
    assert fact.outcome == expected


@pytest.mark.parametrize("event_type", ["customer.created", "charge.succeeded", "x"])
def test_other_events_say_nothing(sandbox: Sandbox, event_type: str) -> None:
    """B09."""
    normal = normalize(event_of(event_type, {"id": "ch_1", "payment_intent": "pi_1"}))
    assert (normal.facts, normal.look_up) == ((), "")


@pytest.mark.parametrize(
    ("event_type", "payload", "look_up"),
    [
        ("checkout.session.completed", {"id": "cs_1"}, "cs_1"),
        ("payment_intent.succeeded", {"id": "pi_1"}, "pi_1"),
        ("refund.updated", {"id": "re_1", "payment_intent": "pi_1"}, "pi_1"),
    ],
)
def test_an_event_of_another_version_names_what_to_fetch_and_tells_nothing(
    event_type: str, payload: dict[str, Any], look_up: str
) -> None:
    """B09: missing and renamed fields must not be read as zeros."""
    normal = normalize(event_of(event_type, payload, api_version="2020-08-27"))
    assert (normal.facts, normal.look_up) == ((), look_up)
