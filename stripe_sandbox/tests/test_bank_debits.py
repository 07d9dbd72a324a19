"""Payments that are decided days later (stripe.md, "Checkout Sessions")."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.bank_accounts import BANK_ACCOUNTS, DELAYED_SECONDS, USUAL_SECONDS, BankAccount

from .support import Running, item, wish

PAYS = "AT611904300234573201"
FAILS = "AT861904300235473202"


def debited(sandbox: Running, iban: str) -> str:
    session_id = sandbox.client().v1.checkout.sessions.create(wish()).id
    answer = sandbox.post(f"/_sandbox/checkout/{session_id}/pay", {"iban": iban})
    assert (answer.status, answer.json()["outcome"]) == (200, "processing")
    return session_id


def intent_of(client: stripe.StripeClient, session: stripe.checkout.Session) -> Any:
    return client.v1.payment_intents.retrieve(
        str(session.payment_intent), {"expand": ["latest_charge"]}
    )


def test_a_debited_session_is_complete_but_unpaid(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.retrieve(debited(sandbox, PAYS))
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    intent = intent_of(client, session)
    assert (intent.status, intent.amount_received) == ("processing", 0)
    charge = intent.latest_charge
    assert (charge.status, charge.paid, charge.balance_transaction) == ("pending", False, None)
    assert charge.payment_method_details.sepa_debit.last4 == "3201"
    assert sandbox.event_types() == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
    ]


def test_days_later_it_is_paid(sandbox: Running, client: stripe.StripeClient) -> None:
    session_id = debited(sandbox, PAYS)
    sandbox.advance(USUAL_SECONDS - 60)
    assert client.v1.checkout.sessions.retrieve(session_id).payment_status == "unpaid"
    sandbox.advance(61)
    session = client.v1.checkout.sessions.retrieve(session_id)
    assert (session.status, session.payment_status) == ("complete", "paid")
    intent = intent_of(client, session)
    assert (intent.status, intent.amount_received) == ("succeeded", 5000)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("succeeded", True)
    assert sandbox.event_types()[-3:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]


def test_days_later_it_fails(sandbox: Running, client: stripe.StripeClient) -> None:
    session_id = debited(sandbox, FAILS)
    sandbox.advance(USUAL_SECONDS + 1)
    session = client.v1.checkout.sessions.retrieve(session_id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    intent = intent_of(client, session)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.message == "The payment failed."
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)
    assert client.v1.balance_transactions.list().data == []
    assert sandbox.event_types()[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


@pytest.mark.parametrize("account", BANK_ACCOUNTS, ids=lambda account: account.method)
def test_each_account_ends_as_it_says(
    sandbox: Running, client: stripe.StripeClient, account: BankAccount
) -> None:
    params: Any = {
        "amount": 2000,
        "currency": "eur",
        "confirm": True,
        "payment_method": account.method,
    }
    intent_id = client.v1.payment_intents.create(params).id
    sandbox.advance(DELAYED_SECONDS + 1)
    if account.seconds > DELAYED_SECONDS:
        assert client.v1.payment_intents.retrieve(intent_id).status == "processing"
        sandbox.advance(USUAL_SECONDS)
    after = client.v1.payment_intents.retrieve(intent_id)
    assert after.status == ("requires_payment_method" if account.decline else "succeeded")


def test_a_debit_under_way_can_neither_be_cancelled_nor_refunded(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.retrieve(debited(sandbox, PAYS))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.cancel(str(session.payment_intent))
    assert refusal.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create({"payment_intent": str(session.payment_intent)})


@pytest.mark.parametrize(
    ("more", "types"),
    [
        ({}, ["card", "sepa_debit"]),
        ({"line_items": [item(currency="usd")]}, ["card"]),
        ({"payment_intent_data": {"capture_method": "manual"}}, ["card"]),
        ({"excluded_payment_method_types": ["sepa_debit"]}, ["card"]),
        ({"allowed_payment_method_types": ["sepa_debit"]}, ["sepa_debit"]),
    ],
)
def test_debits_are_offered_where_they_can_be(
    client: stripe.StripeClient, more: Any, types: list[str]
) -> None:
    assert client.v1.checkout.sessions.create(wish(**more)).payment_method_types == types


def test_what_is_not_offered_is_refused(sandbox: Running, client: stripe.StripeClient) -> None:
    params: Any = {
        "amount": 2000,
        "currency": "usd",
        "confirm": True,
        "payment_method": "pm_success_de",
    }
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(params)
    assert refusal.value.code == "payment_intent_incompatible_payment_method"


def test_a_real_account_number_is_neither_taken_nor_kept(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    number = "GB33BUKB20201555555555"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": number}})
    assert refusal.value.code == "account_number_invalid"
    assert number not in sandbox.get("/_sandbox/journal").text
