"""stripe.md, "Refunds and disputes" and "Test cards"."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.resources.chargebacks import (
    ANSWERED_WITHIN,
    DECIDED_AFTER,
    DECIDED_AT_LAST,
    RAISED_AFTER,
)

from .support import Running


def charged(client: stripe.StripeClient, method: str = "pm_card_visa") -> str:
    params: Any = {
        "amount": 5000,
        "currency": "usd",
        "confirm": True,
        "payment_method": method,
    }
    return str(client.v1.payment_intents.create(params).latest_charge)


def disputed(sandbox: Running, method: str = "pm_card_createDispute") -> stripe.Dispute:
    charged(sandbox.client(), method)
    sandbox.advance(RAISED_AFTER + 1)
    return sandbox.client().v1.disputes.list().data[0]


def answer(client: stripe.StripeClient, dispute: stripe.Dispute, text: str) -> stripe.Dispute:
    return client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})


def transactions(client: stripe.StripeClient) -> list[tuple[str, int, int]]:
    found = client.v1.balance_transactions.list().data
    return [(one.reporting_category, one.amount, one.fee) for one in found]


def test_a_disputing_card_pays_and_its_bank_takes_the_money_back(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = disputed(sandbox)
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        5000,
    )
    assert dispute.evidence_details.due_by == dispute.created + ANSWERED_WITHIN
    assert [one.amount for one in dispute.balance_transactions] == [-5000]
    charge = client.v1.charges.retrieve(str(dispute.charge))
    assert (charge.disputed, charge.refunded, charge.amount_refunded) == (True, False, 0)
    assert transactions(client)[0] == ("dispute", -5000, 1500)
    assert sandbox.event_types()[-2:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


def test_what_the_bank_took_cannot_be_refunded(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = disputed(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"charge": str(dispute.charge)})
    assert refusal.value.code == "charge_disputed"
    client.v1.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.refunds.create({"charge": str(dispute.charge)})
    assert again.value.code == "charge_disputed"


def test_winning_evidence_brings_the_money_and_the_fee_back(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = answer(client, disputed(sandbox), "winning_evidence")
    assert dispute.status == "under_review"
    assert dispute.evidence_details.submission_count == 1
    sandbox.advance(DECIDED_AFTER + 1)
    won = client.v1.disputes.retrieve(dispute.id)
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert [one.amount for one in won.balance_transactions] == [-5000, 5000]
    assert transactions(client)[0] == ("dispute_reversal", 5000, -1500)
    assert sandbox.event_types()[-3:] == [
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]
    assert client.v1.refunds.create({"charge": str(dispute.charge)}).status == "succeeded"


def test_losing_evidence_loses(sandbox: Running, client: stripe.StripeClient) -> None:
    dispute = answer(client, disputed(sandbox), "losing_evidence")
    sandbox.advance(DECIDED_AFTER + 1)
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"
    assert sandbox.event_types()[-1] == "charge.dispute.closed"


def test_other_evidence_is_thought_about_for_long(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = answer(client, disputed(sandbox), "She did rent the bike.")
    sandbox.advance(ANSWERED_WITHIN + 1)
    assert client.v1.disputes.retrieve(dispute.id).status == "under_review"
    sandbox.advance(DECIDED_AT_LAST)
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"


def test_evidence_can_be_staged_before_it_is_handed_in(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = disputed(sandbox)
    staged = client.v1.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Alice"}, "submit": False}
    )
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    handed_in = client.v1.disputes.update(dispute.id, {"submit": True})
    assert (handed_in.status, handed_in.evidence.customer_name) == ("under_review", "Alice")
    with pytest.raises(stripe.InvalidRequestError, match="under_review"):
        answer(client, dispute, "winning_evidence")


def test_who_does_not_answer_in_time_loses(sandbox: Running, client: stripe.StripeClient) -> None:
    dispute = disputed(sandbox)
    sandbox.advance(ANSWERED_WITHIN - 60)
    assert client.v1.disputes.retrieve(dispute.id).status == "needs_response"
    sandbox.advance(61)
    lost = client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_closing_gives_in_for_good(sandbox: Running, client: stripe.StripeClient) -> None:
    dispute = disputed(sandbox, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"
    assert client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        client.v1.disputes.close(dispute.id)


def test_an_inquiry_takes_no_money_and_ends_when_it_is_refunded(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    inquiry = disputed(sandbox, "pm_card_createDisputeInquiry")
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert inquiry.balance_transactions == []
    assert sandbox.event_types()[-1] == "charge.dispute.created"
    client.v1.refunds.create({"charge": str(inquiry.charge)})
    assert client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"


def test_any_charge_can_be_disputed_over_any_amount(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    charge_id = charged(client)
    wish = {"charge": charge_id, "amount": 5210, "reason": "product_unacceptable"}
    made = sandbox.post("/_sandbox/disputes", wish)
    assert made.status == 201
    dispute = client.v1.disputes.retrieve(made.json()["id"])
    assert (dispute.amount, dispute.reason) == (5210, "product_unacceptable")
    assert sandbox.post("/_sandbox/disputes", wish).status == 400
    assert sandbox.post("/_sandbox/disputes", {"charge": "ch_1"}).status == 404
    assert sandbox.post("/_sandbox/disputes", {"charge": charge_id, "amount": "1"}).status == 400


def test_a_debit_that_is_called_back_is_lost_at_once(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    params: Any = {
        "amount": 5000,
        "currency": "eur",
        "confirm": True,
        "payment_method": "pm_disputed_at",
    }
    client.v1.payment_intents.create(params)
    sandbox.advance(6 * 24 * 3600)
    dispute = client.v1.disputes.list().data[0]
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")


def test_disputes_are_listed_by_charge_and_bear_metadata(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    dispute = disputed(sandbox)
    other = charged(client)
    assert client.v1.disputes.list({"charge": other}).data == []
    assert len(client.v1.disputes.list({"payment_intent": str(dispute.payment_intent)}).data) == 1
    changed = client.v1.disputes.update(dispute.id, {"metadata": {"case": "7"}})
    assert (changed.status, changed.metadata.to_dict()) == ("needs_response", {"case": "7"})
