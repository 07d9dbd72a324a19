"""Checkout Sessions of mode subscription."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from . import billing
from .billing import DAY
from .support import DECLINED, Running, item, wish

ASKS_OWNER = "4000002760003184"


def club(unit_amount: int = 1000, **more: Any) -> Any:
    return item("Club", unit_amount, 1, recurring={"interval": "month"}, **more)


def open_session(client: stripe.StripeClient, *items: Any, **more: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        wish(mode="subscription", line_items=list(items) or [club()], **more)
    )


def test_paying_begins_a_subscription(sandbox: Running, client: stripe.StripeClient) -> None:
    session = open_session(client, subscription_data={"metadata": {"of": "club"}})
    assert (session.amount_total, session.subscription, session.customer) == (1000, None, None)
    assert sandbox.pay(session.id).json()["outcome"] == "paid"
    done = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["subscription", "invoice", "customer"]}
    )
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "paid", None)
    assert isinstance(done.subscription, stripe.Subscription)
    assert isinstance(done.invoice, stripe.Invoice)
    assert isinstance(done.customer, stripe.Customer)
    assert done.subscription.status == "active"
    assert done.subscription.metadata.to_dict() == {"of": "club"}
    assert done.subscription.customer == done.customer.id
    assert (done.invoice.status, done.invoice.amount_paid) == ("paid", 1000)
    method = client.v1.payment_methods.retrieve(str(done.subscription.default_payment_method))
    assert method.customer == done.customer.id


def test_its_events_come_in_order(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.pay(open_session(client).id)
    assert sandbox.event_types() == [
        "customer.created",
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "customer.subscription.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "customer.subscription.updated",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]


def test_it_renews_with_the_card_that_has_paid(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.pay(open_session(client).id)
    sandbox.advance(32 * DAY)
    paid = client.v1.invoices.list({"status": "paid"}).data
    assert [invoice.billing_reason for invoice in paid] == [
        "subscription_cycle",
        "subscription_create",
    ]


def test_another_card_pays_the_same_subscription_after_a_decline(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = open_session(client)
    assert sandbox.pay(session.id, DECLINED).status == 402
    assert client.v1.checkout.sessions.retrieve(session.id).subscription is None
    assert sandbox.pay(session.id).json()["outcome"] == "paid"
    assert [one.status for one in client.v1.subscriptions.list().data] == ["active"]
    assert len(client.v1.invoices.list().data) == 1


def test_an_expired_session_takes_its_subscription_along(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = open_session(client)
    sandbox.pay(session.id, DECLINED)
    client.v1.checkout.sessions.expire(session.id)
    [subscription] = client.v1.subscriptions.list({"status": "all"}).data
    assert subscription.status == "incomplete_expired"
    assert client.v1.invoices.list().data[0].status == "void"


def test_a_card_that_asks_its_owner_completes_it_afterwards(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = open_session(client)
    asked = sandbox.submit(f"/c/pay/{session.id}", card=ASKS_OWNER, email="ada@example.com")
    assert asked.status == 303
    answered = sandbox.submit(asked.headers["location"], answer="yes")
    assert answered.headers["location"].startswith("http://shop.test/success")
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert client.v1.subscriptions.retrieve(str(done.subscription)).status == "active"


def test_a_trial_takes_the_card_and_no_money(sandbox: Running, client: stripe.StripeClient) -> None:
    session = open_session(client, subscription_data={"trial_period_days": 14})
    assert (session.amount_total, session.payment_status) == (0, "no_payment_required")
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    subscription = client.v1.subscriptions.retrieve(str(done.subscription))
    assert subscription.status == "trialing"
    assert subscription.default_payment_method is not None
    sandbox.advance(14 * DAY + 3700)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert client.v1.charges.list().data[0].amount == 1000


def test_what_is_paid_once_stands_on_the_first_invoice(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"}).id
    session = open_session(client, club(), item("Joining fee", 500, 1), customer=customer)
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id)
    invoice = client.v1.invoices.retrieve(str(done.invoice))
    assert (done.amount_total, invoice.amount_paid, invoice.customer) == (1500, 1500, customer)
    assert sorted(line.amount for line in invoice.lines.data) == [500, 1000]
    subscription = client.v1.subscriptions.retrieve(str(done.subscription))
    assert [one.price.unit_amount for one in subscription["items"].data] == [1000]


def test_it_needs_something_that_recurs(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at least one recurring price"):
        open_session(client, item("Bike", 500, 1))


def test_its_price_can_be_named(sandbox: Running, client: stripe.StripeClient) -> None:
    session = open_session(client, {"price": billing.price(client, 700), "quantity": 3})
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id)
    found = client.v1.checkout.sessions.list({"subscription": str(done.subscription)}).data
    assert [one.id for one in found] == [session.id]
    assert done.amount_total == 2100
