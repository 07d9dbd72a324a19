"""Invoices worked out beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from . import billing
from .test_proration import change, subscribe, ten_days


def preview(client: stripe.StripeClient, **params: Any) -> stripe.Invoice:
    wish: Any = params
    return client.v1.invoices.create_preview(wish)


def test_the_next_invoice_bills_the_next_period(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    upcoming = preview(client, subscription=subscription.id)
    assert upcoming.amount_due == 1000
    end = subscription["items"].data[0].current_period_end
    assert upcoming.lines.data[0].period.start == end
    assert client.v1.invoices.list({"status": "draft"}).data == []


@pytest.mark.parametrize(
    ("behavior", "amounts"),
    [
        ("create_prorations", [-500, 1000, 2000]),
        ("always_invoice", [-500, 1000]),
        ("none", [2000]),
    ],
)
def test_a_change_is_previewed_as_it_will_be_billed(
    client: stripe.StripeClient, behavior: str, amounts: list[int]
) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    item = subscription["items"].data[0]
    details = {
        "items": [{"id": item.id, "price": ten_days(client, 2000)}],
        "proration_behavior": behavior,
        "proration_date": item.current_period_start + 432_000,
    }
    upcoming = preview(client, subscription=subscription.id, subscription_details=details)
    assert [line.amount for line in upcoming.lines.data] == amounts
    assert client.v1.subscriptions.retrieve(subscription.id)["items"].data[0].price.id == (
        item.price.id
    )
    assert client.v1.invoice_items.list({"pending": True}).data == []


def test_pending_prorations_are_on_the_next_invoice(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    change(client, subscription, 432_000, quantity=3)
    upcoming = preview(client, subscription=subscription.id)
    assert [line.amount for line in upcoming.lines.data] == [-500, 1500, 3000]


def test_a_subscription_to_come_is_previewed(client: stripe.StripeClient) -> None:
    customer = billing.customer(client)
    details = {"items": [{"price": billing.price(client, 700), "quantity": 2}]}
    upcoming = preview(client, customer=customer, subscription_details=details)
    assert upcoming.total == 1400
    assert client.v1.subscriptions.list().data == []


def test_what_ends_has_no_next_invoice(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        preview(client, subscription=subscription.id)
    assert refusal.value.code == "invoice_upcoming_none"
