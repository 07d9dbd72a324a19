"""stripe.md, "Refunds and disputes"."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.resources.refunds import ANSWERED_WITHIN, SETTLES_AFTER

from .support import Running


def paid(client: stripe.StripeClient, method: str = "pm_card_visa", amount: int = 5000) -> str:
    params: Any = {
        "amount": amount,
        "currency": "usd",
        "confirm": True,
        "payment_method": method,
    }
    return client.v1.payment_intents.create(params).id


def charge_of(client: stripe.StripeClient, intent_id: str) -> stripe.Charge:
    found = client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge.refunds"]})
    assert isinstance(found.latest_charge, stripe.Charge)
    return found.latest_charge


def test_a_refund_without_an_amount_gives_back_the_rest(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    intent_id = paid(client)
    first = client.v1.refunds.create({"payment_intent": intent_id, "amount": 2000})
    rest = client.v1.refunds.create({"payment_intent": intent_id})
    assert (first.status, first.amount, rest.amount) == ("succeeded", 2000, 3000)
    charge = charge_of(client, intent_id)
    assert (charge.amount_refunded, charge.refunded) == (5000, True)
    assert charge.refunds is not None
    assert [one.id for one in charge.refunds.data] == [rest.id, first.id]
    assert sandbox.event_types()[-4:] == ["refund.created", "charge.refunded"] * 2


def test_a_partial_refund_leaves_the_charge_unrefunded(client: stripe.StripeClient) -> None:
    intent_id = paid(client)
    client.v1.refunds.create({"charge": charge_of(client, intent_id).id, "amount": 1})
    charge = charge_of(client, intent_id)
    assert (charge.amount_refunded, charge.refunded) == (1, False)


def test_too_much_is_refused_with_both_amounts(client: stripe.StripeClient) -> None:
    intent_id = paid(client)
    client.v1.refunds.create({"payment_intent": intent_id, "amount": 4500})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent_id, "amount": 2000})
    assert refusal.value.user_message == (
        "Refund amount ($20.00) is greater than unrefunded amount on charge ($5.00)"
    )
    assert (refusal.value.param, refusal.value.code) == ("amount", None)


def test_nothing_left_is_already_refunded(client: stripe.StripeClient) -> None:
    intent_id = paid(client)
    client.v1.refunds.create({"payment_intent": intent_id})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent_id, "amount": 1})
    assert refusal.value.code == "charge_already_refunded"


def test_what_was_not_paid_cannot_be_refunded(client: stripe.StripeClient) -> None:
    unpaid = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": unpaid.id})


def test_only_what_was_captured_can_be_refunded(client: stripe.StripeClient) -> None:
    held = client.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "capture_method": "manual",
        }
    )
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1200})
    with pytest.raises(stripe.InvalidRequestError, match=r"charge \(\$12\.00\)"):
        client.v1.refunds.create({"payment_intent": held.id, "amount": 1201})
    assert client.v1.refunds.create({"payment_intent": held.id}).amount == 1200


def test_a_refund_needs_to_know_of_what(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"amount": 1})
    assert refusal.value.code == "parameter_missing"


def test_a_refund_may_fail_after_it_succeeded(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    intent_id = paid(client, "pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": intent_id})
    assert refund.status == "succeeded"
    sandbox.advance(SETTLES_AFTER + 1)
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    charge = charge_of(client, intent_id)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert sandbox.event_types()[-2:] == ["refund.updated", "refund.failed"]


def test_a_pending_refund_succeeds_later(sandbox: Running, client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client, "pm_card_pendingRefund")})
    assert refund.status == "pending"
    sandbox.advance(SETTLES_AFTER + 1)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert sandbox.event_types()[-1] == "refund.updated"


def test_refunds_are_listed_by_intent(client: stripe.StripeClient) -> None:
    one, other = paid(client), paid(client)
    refund = client.v1.refunds.create({"payment_intent": one, "metadata": {"order": "1"}})
    client.v1.refunds.create({"payment_intent": other})
    found = client.v1.refunds.list({"payment_intent": one}).data
    assert [(r.id, r.metadata.to_dict() if r.metadata else {}) for r in found] == [
        (refund.id, {"order": "1"})
    ]


def test_money_in_and_out_is_in_the_balance(client: stripe.StripeClient) -> None:
    intent_id = paid(client)
    client.v1.refunds.create({"payment_intent": intent_id, "amount": 2000})
    kinds = [(t.type, t.amount) for t in client.v1.balance_transactions.list().data]
    assert kinds == [("refund", -2000), ("charge", 5000)]


def test_a_refund_may_want_the_customer_to_act_and_can_then_be_cancelled(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.fault(outcome={"kind": "ask_about_refund", "seconds": 1})
    intent_id = paid(client)
    refund = client.v1.refunds.create(
        {"payment_intent": intent_id, "instructions_email": "alice@example.com"}
    )
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.refunds.cancel(refund.id)
    sandbox.advance(2)
    asked = client.v1.refunds.retrieve(refund.id)
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.display_details is not None
    assert asked.next_action.display_details.email_sent.email_sent_to == "alice@example.com"
    canceled = client.v1.refunds.cancel(refund.id)
    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert charge_of(client, intent_id).amount_refunded == 0
    assert sandbox.event_types()[-1] == "refund.updated"


def test_a_customer_who_never_acts_lets_it_fail(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client)})
    sandbox.post("/_sandbox/outcomes", {"kind": "ask_about_refund", "id": refund.id})
    sandbox.advance(ANSWERED_WITHIN + 1)
    failed = client.v1.refunds.retrieve(refund.id)
    assert failed.status == "failed"
    assert "next_action" not in failed


def test_accounts_of_an_older_version_are_told_under_the_older_name_too() -> None:
    older = Running("--api-version", "2026-08-26.dahlia")
    try:
        client = older.client()
        refund = client.v1.refunds.create({"payment_intent": paid(client)})
        client.v1.refunds.update(refund.id, {"metadata": {"order": "R-1"}})
        assert older.event_types()[-2:] == ["refund.updated", "charge.refund.updated"]
    finally:
        older.stop()


def test_a_debit_is_refunded_by_bank_transfer(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    params: Any = {
        "amount": 2000,
        "currency": "eur",
        "confirm": True,
        "payment_method": "pm_success_at",
    }
    intent_id = client.v1.payment_intents.create(params).id
    sandbox.advance(6 * 24 * 3600)
    refund = client.v1.refunds.create({"payment_intent": intent_id})
    assert (refund.status, refund.id.partition("_")[0]) == ("succeeded", "pyr")
    assert refund.destination_details is not None
    assert refund.destination_details.type == "eu_bank_transfer"
    assert client.v1.balance_transactions.list().data[0].type == "payment_refund"
