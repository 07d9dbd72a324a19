"""How subscriptions begin, renew, fail, pause and end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import stripe

from . import billing
from .billing import DAY
from .support import Running


def subscribe(
    client: stripe.StripeClient, customer: str = "", price: str = "", **more: Any
) -> stripe.Subscription:
    params: Any = {
        "customer": customer or billing.customer(client),
        "items": [{"price": price or billing.price(client)}],
        **more,
    }
    return client.v1.subscriptions.create(params)


def renew(sandbox: Running, subscription: stripe.Subscription) -> None:
    """Let the period end, and the hour for changes pass."""
    end = sandbox.client().v1.subscriptions.retrieve(subscription.id)
    sandbox.advance(end["items"].data[0].current_period_end - sandbox.now() + 3700)


def paid_invoices(client: stripe.StripeClient, subscription: stripe.Subscription) -> list[int]:
    """What was paid for the subscription, oldest first."""
    listed = client.v1.invoices.list({"subscription": subscription.id, "status": "paid"}).data
    return [invoice.amount_paid for invoice in reversed(listed)]


def test_a_new_subscription_is_paid_at_once(client: stripe.StripeClient) -> None:
    customer, price = billing.customer(client), billing.price(client)
    before = billing.last_event(client)
    subscription = subscribe(
        client, customer, price, expand=["latest_invoice.payments.data.payment.payment_intent"]
    )
    assert subscription.status == "active"
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_create")
    assert invoice.payments is not None
    intent = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.amount, intent.status) == (1000, "succeeded")
    assert billing.types_since(client, before) == [
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.created",
    ]


def test_it_renews_month_by_month(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client)
    starts = [subscription["items"].data[0].current_period_start]
    for _ in range(3):
        renew(sandbox, subscription)
        current = client.v1.subscriptions.retrieve(subscription.id)
        starts.append(current["items"].data[0].current_period_start)
    assert paid_invoices(client, subscription) == [1000] * 4
    spans = [later - start for start, later in pairwise(starts)]
    assert all(28 * DAY <= span <= 31 * DAY for span in spans)
    newest = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert newest.billing_reason == "subscription_cycle"
    assert newest.lines.data[0].period.start == starts[-1]


def test_a_renewal_waits_as_a_draft_for_an_hour(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    subscription = subscribe(client)
    end = subscription["items"].data[0].current_period_end
    sandbox.advance(end - sandbox.now() + 60)
    draft = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (draft.status, draft.automatically_finalizes_at) == ("draft", end + 3600)
    sandbox.advance(3600)
    assert client.v1.invoices.retrieve(draft.id).status == "paid"


def test_a_failed_renewal_is_past_due_and_recovers(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = billing.customer(client)
    subscription = subscribe(client, customer)
    billing.change_card(client, customer, "pm_card_chargeCustomerFail")
    renew(sandbox, subscription)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    billing.change_card(client, customer, "pm_card_visa")
    sandbox.advance(3 * DAY)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert paid_invoices(client, subscription) == [1000, 1000]


def test_a_renewal_that_is_never_paid_ends_the_subscription(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = billing.customer(client)
    subscription = subscribe(client, customer)
    billing.change_card(client, customer, "pm_card_chargeCustomerFail")
    renew(sandbox, subscription)
    sandbox.advance(15 * DAY)
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert ended.status == "canceled"
    assert ended.cancellation_details is not None
    assert ended.cancellation_details.reason == "payment_failed"
    types = sandbox.event_types()
    assert types.count("invoice.payment_failed") == 4
    assert types[-1] == "customer.subscription.deleted"


def test_a_card_that_wants_its_owner_at_a_renewal_is_told(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = billing.customer(client)
    subscription = subscribe(client, customer)
    billing.change_card(client, customer, "pm_card_authenticationRequired")
    renew(sandbox, subscription)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert "invoice.payment_action_required" in sandbox.event_types()


def test_a_declined_first_payment_leaves_it_incomplete_for_23_hours(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = billing.customer(client, "pm_card_chargeCustomerFail")
    subscription = subscribe(client, customer)
    assert subscription.status == "incomplete"
    sandbox.advance(23 * 3600 + 1)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"
    invoice = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    assert invoice.status == "void"


def test_paying_the_first_invoice_makes_it_active(client: stripe.StripeClient) -> None:
    customer = billing.customer(client, "pm_card_chargeCustomerFail")
    subscription = subscribe(client, customer)
    client.v1.invoices.pay(str(subscription.latest_invoice), {"payment_method": "pm_card_visa"})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_default_incomplete_waits_for_the_browser(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    subscription = subscribe(
        client,
        customer,
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        expand=["latest_invoice.confirmation_secret"],
    )
    assert subscription.status == "incomplete"
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert invoice.confirmation_secret is not None
    intent_id = invoice.confirmation_secret.client_secret.partition("_secret_")[0]
    client.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    active = client.v1.subscriptions.retrieve(subscription.id)
    assert active.status == "active"
    intent = client.v1.payment_intents.retrieve(intent_id)
    assert active.default_payment_method == intent.payment_method


def test_error_if_incomplete_makes_no_subscription(client: stripe.StripeClient) -> None:
    customer = billing.customer(client, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        subscribe(client, customer, payment_behavior="error_if_incomplete")
    assert client.v1.subscriptions.list({"status": "all"}).data == []


def test_without_anything_to_charge_it_is_refused(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as refusal:
        subscribe(client, customer)
    assert refusal.value.code == "resource_missing"


def test_a_trial_costs_nothing_until_it_ends(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client, trial_period_days=10)
    assert subscription.status == "trialing"
    assert subscription.trial_end == subscription["items"].data[0].current_period_end
    assert client.v1.charges.list().data == []
    sandbox.advance(7 * DAY + 60)
    assert sandbox.event_types()[-1] == "customer.subscription.trial_will_end"
    sandbox.advance(3 * DAY)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    sandbox.advance(3700)
    assert paid_invoices(client, subscription) == [0, 1000]


@pytest.mark.parametrize(("behavior", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_trial_can_end_without_a_card(
    sandbox: Running, client: stripe.StripeClient, behavior: str, status: str
) -> None:
    customer = client.v1.customers.create({}).id
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    subscription = subscribe(client, customer, trial_period_days=5, trial_settings=settings)
    sandbox.advance(5 * DAY + 60)
    assert client.v1.subscriptions.retrieve(subscription.id).status == status


@pytest.mark.parametrize(("behavior", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_trial_can_be_ended_at_once_without_a_card(
    client: stripe.StripeClient, behavior: str, status: str
) -> None:
    customer = client.v1.customers.create({}).id
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    subscription = subscribe(client, customer, trial_period_days=5, trial_settings=settings)
    ended = client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert (ended.status, paid_invoices(client, subscription)) == (status, [0])


def test_a_paused_subscription_resumes_with_a_new_period(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    subscription = subscribe(client)
    sandbox.advance(5 * DAY)
    paused = client.v1.subscriptions.pause(
        subscription.id, {"bill_for": {"unused_time_from": {"type": "none"}}}
    )
    assert paused.status == "paused"
    sandbox.advance(60 * DAY)
    assert paid_invoices(client, subscription) == [1000]
    resumed = client.v1.subscriptions.resume(subscription.id)
    assert resumed.status == "active"
    assert abs(resumed["items"].data[0].current_period_start - sandbox.now()) < 60
    assert paid_invoices(client, subscription) == [1000, 1000]
    assert "customer.subscription.resumed" in sandbox.event_types()


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")],
)
def test_while_collection_is_paused_invoices_are_put_aside(
    sandbox: Running, client: stripe.StripeClient, behavior: Any, status: str
) -> None:
    subscription = subscribe(client)
    client.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    renew(sandbox, subscription)
    newest = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert newest.status == status
    client.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    renew(sandbox, subscription)
    assert paid_invoices(client, subscription) == [1000, 1000]


def test_collection_resumes_by_itself(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client)
    client.v1.subscriptions.update(
        subscription.id,
        {"pause_collection": {"behavior": "void", "resumes_at": sandbox.now() + DAY}},
    )
    sandbox.advance(DAY + 60)
    assert client.v1.subscriptions.retrieve(subscription.id).pause_collection is None


def test_canceling_ends_it_at_once(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client)
    ended = client.v1.subscriptions.cancel(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", ended.canceled_at)
    sandbox.advance(40 * DAY)
    assert paid_invoices(client, subscription) == [1000]
    assert client.v1.subscriptions.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription can only"):
        client.v1.subscriptions.update(subscription.id, {"description": "late"})


def test_it_can_end_with_its_period(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client)
    ending = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    end = ending["items"].data[0].current_period_end
    assert (ending.status, ending.cancel_at) == ("active", end)
    sandbox.advance(end - sandbox.now() + 60)
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.canceled_at) == ("canceled", ending.canceled_at)
    assert paid_invoices(client, subscription) == [1000]


def test_an_announced_end_can_be_taken_back(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client)
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    going_on = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (going_on.cancel_at, going_on.canceled_at) == (None, None)
    renew(sandbox, subscription)
    assert paid_invoices(client, subscription) == [1000, 1000]


def test_a_sent_invoice_makes_it_past_due(sandbox: Running, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    subscription = subscribe(client, customer, collection_method="send_invoice", days_until_due=7)
    assert subscription.status == "active"
    sandbox.advance(3700)
    invoice = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    assert (invoice.status, invoice.collection_method) == ("open", "send_invoice")
    sandbox.advance(7 * DAY)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_deleted_customers_subscriptions_end(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    subscription = subscribe(client, customer)
    client.v1.customers.delete(customer)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"


def test_extras_are_paid_with_the_first_period_only(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    fee = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Joining fee"}}
    )
    subscription = subscribe(client, add_invoice_items=[{"price": fee.id}])
    renew(sandbox, subscription)
    assert paid_invoices(client, subscription) == [1500, 1000]


def test_a_one_time_price_is_no_subscription(client: stripe.StripeClient) -> None:
    once = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Once"}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="type=one_time"):
        subscribe(client, price=once.id)
