"""Money on its way to the bank."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.resources.payouts import DESTINATION, SUBMITTED_AFTER

from .support import Running

TWO_DAYS = 2 * 24 * 3600


def earn(client: stripe.StripeClient, currency: str = "usd") -> str:
    """9680 that are available at once."""
    params: Any = {
        "amount": 10_000,
        "currency": currency,
        "confirm": True,
        "payment_method": "pm_card_bypassPending",
    }
    return str(client.v1.payment_intents.create(params).latest_charge)


def pay_out(client: stripe.StripeClient, amount: int = 5000, **more: Any) -> stripe.Payout:
    params: Any = {"amount": amount, "currency": "usd", **more}
    return client.v1.payouts.create(params)


def available(client: stripe.StripeClient) -> int:
    found = client.v1.balance.retrieve().available
    return next(one.amount for one in found if one.currency == "usd")


def test_a_payout_arrives_on_the_clock(sandbox: Running, client: stripe.StripeClient) -> None:
    earn(client)
    payout = pay_out(client, description="Week 7")
    assert (payout.status, payout.automatic, payout.destination) == ("pending", False, DESTINATION)
    assert available(client) == 4680
    sandbox.advance(SUBMITTED_AFTER + 1)
    assert client.v1.payouts.retrieve(payout.id).status == "in_transit"
    sandbox.advance(TWO_DAYS)
    assert client.v1.payouts.retrieve(payout.id).status == "paid"
    told = [kind for kind in sandbox.event_types() if kind.startswith("payout.")]
    assert told == ["payout.created", "payout.updated", "payout.paid"]


def test_an_instant_payout_takes_half_an_hour(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    earn(client)
    payout = pay_out(client, method="instant")
    sandbox.advance(30 * 60 + 1)
    assert client.v1.payouts.retrieve(payout.id).status == "paid"


def test_no_more_than_is_available_is_paid_out(client: stripe.StripeClient) -> None:
    earn(client)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(client, 9681)
    assert refusal.value.code == "balance_insufficient"
    assert pay_out(client, 9680).amount == 9680


def test_a_pending_payout_can_be_cancelled(sandbox: Running, client: stripe.StripeClient) -> None:
    earn(client)
    payout = pay_out(client)
    assert client.v1.payouts.cancel(payout.id).status == "canceled"
    assert available(client) == 9680
    assert sandbox.event_types()[-1] == "payout.canceled"
    other = pay_out(client)
    sandbox.advance(SUBMITTED_AFTER + 1)
    with pytest.raises(stripe.InvalidRequestError, match="in_transit"):
        client.v1.payouts.cancel(other.id)


def test_a_paid_payout_can_be_reversed_once(sandbox: Running, client: stripe.StripeClient) -> None:
    earn(client)
    payout = pay_out(client)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be reversed"):
        client.v1.payouts.reverse(payout.id)
    sandbox.advance(TWO_DAYS + 1)
    back = client.v1.payouts.reverse(payout.id)
    assert (back.amount, back.original_payout) == (-5000, payout.id)
    assert client.v1.payouts.retrieve(payout.id).reversed_by == back.id
    assert available(client) == 9680
    with pytest.raises(stripe.InvalidRequestError, match="cannot be reversed"):
        client.v1.payouts.reverse(payout.id)


def test_a_bank_may_send_the_money_back(sandbox: Running, client: stripe.StripeClient) -> None:
    earn(client)
    payout = pay_out(client)
    sandbox.advance(TWO_DAYS + 1)
    sandbox.post("/_sandbox/outcomes", {"kind": "fail_payout", "id": payout.id})
    failed = client.v1.payouts.retrieve(payout.id)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert available(client) == 9680
    assert sandbox.event_types()[-1] == "payout.failed"


def test_an_automatic_payout_tells_what_it_is_made_of(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    first = earn(client)
    payout_id = sandbox.post("/_sandbox/payouts", {"currency": "usd"}).json()["id"]
    payout = client.v1.payouts.retrieve(payout_id)
    assert (payout.automatic, payout.amount) == (True, 9680)
    second = earn(client)
    next_id = sandbox.post("/_sandbox/payouts", {"currency": "usd"}).json()["id"]
    for made, charge_id in ((payout_id, first), (next_id, second)):
        parts = client.v1.balance_transactions.list({"payout": made}).data
        assert [(one.type, one.source) for one in parts] == [
            ("payout", made),
            ("charge", charge_id),
        ]
        assert sum(one.net for one in parts) == 0
    assert sandbox.post("/_sandbox/payouts", {"currency": "usd"}).status == 400
    earn(client)
    manual = pay_out(client)
    with pytest.raises(stripe.InvalidRequestError, match="automatic"):
        client.v1.balance_transactions.list({"payout": manual.id})


def test_payouts_are_listed_by_status_and_arrival(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    earn(client)
    payout = pay_out(client, metadata={"week": "7"})
    canceled = pay_out(client, 100)
    client.v1.payouts.cancel(canceled.id)
    listed = client.v1.payouts.list
    assert [one.id for one in listed({"status": "pending"}).data] == [payout.id]
    assert listed({"arrival_date": {"gt": payout.arrival_date}}).data == []
    changed = client.v1.payouts.update(payout.id, {"metadata": {"week": ""}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {}


@pytest.mark.parametrize(
    ("more", "param"), [({"destination": "ba_1"}, "destination"), ({"currency": "xxx"}, "currency")]
)
def test_what_it_cannot_be_is_refused(client: stripe.StripeClient, more: Any, param: str) -> None:
    earn(client)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(client, **more)
    assert refusal.value.param == param
