"""Checkout Sessions of mode setup (stripe.md, "Checkout Sessions")."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from .support import DECLINED, PAYS, Running, wish

ASKS = "4000002500003155"


def opened(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    params: Any = {
        "mode": "setup",
        "currency": "eur",
        "success_url": "http://shop.test/success?session_id={CHECKOUT_SESSION_ID}",
        **more,
    }
    return client.v1.checkout.sessions.create(params)


def test_a_card_is_kept_and_nothing_is_paid(sandbox: Running, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    session = opened(
        client, customer=customer.id, setup_intent_data={"metadata": {"contract": "7"}}
    )
    assert (session.amount_total, session.payment_intent) == (None, None)
    assert session.payment_status == "no_payment_required"
    assert client.v1.setup_intents.retrieve(str(session.setup_intent)).status == (
        "requires_payment_method"
    )
    assert sandbox.pay(session.id, PAYS).status == 200
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert done.status == "complete"
    assert isinstance(done.setup_intent, stripe.SetupIntent)
    assert done.setup_intent.metadata is not None
    assert done.setup_intent.metadata.to_dict() == {"contract": "7"}
    kept = client.v1.customers.payment_methods.list(customer.id).data
    assert [method.id for method in kept] == [done.setup_intent.payment_method]
    assert sandbox.event_types()[-3:] == [
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]
    assert client.v1.charges.list().data == []


def test_a_customer_is_made_where_one_is_wanted(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = opened(client, customer_creation="always", customer_email="alice@example.com")
    sandbox.pay(session.id, PAYS)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert isinstance(done.customer, stripe.Customer)
    assert done.customer.email == "alice@example.com"
    assert len(client.v1.customers.payment_methods.list(done.customer.id).data) == 1


def test_a_declined_card_leaves_the_session_open(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = opened(client)
    assert sandbox.pay(session.id, DECLINED).status == 402
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert sandbox.pay(session.id, PAYS).json()["outcome"] == "paid"


@pytest.mark.parametrize(("answer", "status"), [("yes", "complete"), ("no", "open")])
def test_the_cards_owner_is_asked(
    sandbox: Running, client: stripe.StripeClient, answer: str, status: str
) -> None:
    session = opened(client)
    shown = sandbox.submit(f"/c/pay/{session.id}", card=ASKS, email="alice@example.com")
    assert shown.headers["location"] == f"/c/authenticate/{session.setup_intent}"
    sandbox.submit(shown.headers["location"], answer=answer)
    assert client.v1.checkout.sessions.retrieve(session.id).status == status


def test_its_intent_ends_with_the_session_and_not_without_it(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = opened(client)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        client.v1.setup_intents.cancel(str(session.setup_intent))
    client.v1.checkout.sessions.expire(session.id)
    assert client.v1.setup_intents.retrieve(str(session.setup_intent)).status == "canceled"
    assert sandbox.event_types()[-2:] == ["setup_intent.canceled", "checkout.session.expired"]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"currency": ""}, "currency"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
    ],
)
def test_what_belongs_to_payments_is_refused(
    client: stripe.StripeClient, more: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        opened(client, **more)
    assert refusal.value.param == param


def test_a_payment_can_keep_its_card_for_later(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(
        wish(payment_intent_data={"setup_future_usage": "off_session"})
    )
    sandbox.pay(session.id, PAYS)
    done = client.v1.checkout.sessions.retrieve(session.id)
    kept = client.v1.customers.payment_methods.list(str(done.customer)).data
    params: Any = {
        "amount": 900,
        "currency": "eur",
        "confirm": True,
        "off_session": True,
        "customer": done.customer,
        "payment_method": kept[0].id,
    }
    assert client.v1.payment_intents.create(params).status == "succeeded"
