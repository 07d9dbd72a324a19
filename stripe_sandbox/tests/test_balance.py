"""What payments, refunds and disputes leave in the account."""

from __future__ import annotations

from typing import Any

import stripe

from .support import Running

TWO_DAYS = 2 * 24 * 3600


def paid(client: stripe.StripeClient, method: str = "pm_card_visa", currency: str = "usd") -> Any:
    params: Any = {
        "amount": 10_000,
        "currency": currency,
        "confirm": True,
        "payment_method": method,
        "expand": ["latest_charge.balance_transaction"],
    }
    return client.v1.payment_intents.create(params)


def balance(client: stripe.StripeClient, currency: str = "usd") -> tuple[int, int]:
    """Available and pending."""
    found = client.v1.balance.retrieve()
    available = next(one.amount for one in found.available if one.currency == currency)
    pending = next(one.amount for one in found.pending if one.currency == currency)
    return available, pending


def test_money_waits_for_the_second_midnight(sandbox: Running, client: stripe.StripeClient) -> None:
    transaction = paid(client).latest_charge.balance_transaction
    assert (transaction.status, transaction.net) == ("pending", 9680)
    assert transaction.available_on % (24 * 3600) == 0
    assert 24 * 3600 < transaction.available_on - transaction.created <= TWO_DAYS
    assert balance(client) == (0, 9680)
    sandbox.advance(transaction.available_on - sandbox.now() - 60)
    assert balance(client) == (0, 9680)
    sandbox.advance(61)
    assert balance(client) == (9680, 0)
    assert client.v1.balance_transactions.retrieve(transaction.id).status == "available"


def test_one_event_tells_of_all_that_has_arrived(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    paid(client)
    paid(client)
    sandbox.advance(TWO_DAYS + 1)
    told = client.v1.events.list({"type": "balance.available"}).data
    assert len(told) == 1
    assert told[0].data.object["available"][0]["amount"] == 2 * 9680


def test_one_card_need_not_wait(client: stripe.StripeClient) -> None:
    paid(client, "pm_card_bypassPending")
    assert balance(client) == (9680, 0)


def test_a_refund_and_its_failure_are_in_the_balance(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    intent = paid(client, "pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert balance(client) == (-10_000, 9680)
    sandbox.advance(11)
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    back = failed.failure_balance_transaction
    assert isinstance(back, stripe.BalanceTransaction)
    assert (back.type, back.amount) == ("refund_failure", 10_000)
    assert balance(client) == (0, 9680)


def test_each_currency_has_a_balance_of_its_own(client: stripe.StripeClient) -> None:
    paid(client, currency="eur")
    assert (balance(client, "eur"), balance(client)) == ((0, 9680), (0, 0))


def test_transactions_are_listed_by_source_and_type(client: stripe.StripeClient) -> None:
    charge_id = paid(client).latest_charge.id
    client.v1.refunds.create({"charge": charge_id, "amount": 100})
    listed = client.v1.balance_transactions.list
    assert [one.type for one in listed({"source": charge_id}).data] == ["charge"]
    assert [one.amount for one in listed({"type": "refund"}).data] == [-100]
