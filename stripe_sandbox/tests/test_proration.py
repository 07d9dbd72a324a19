"""Changes in the middle of a period, to the cent. A period of ten days has 864,000 seconds."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from . import billing
from .billing import DAY
from .support import Running

TEN_DAYS: Any = {"interval": "day", "interval_count": 10}


def subscribe(
    client: stripe.StripeClient, price: str, quantity: int = 1, card: str = "pm_card_visa"
) -> stripe.Subscription:
    params: Any = {
        "customer": billing.customer(client, card),
        "items": [{"price": price, "quantity": quantity}],
    }
    return client.v1.subscriptions.create(params)


def ten_days(client: stripe.StripeClient, unit_amount: int, **more: Any) -> str:
    return billing.price(client, unit_amount, recurring=TEN_DAYS, **more)


def change(
    client: stripe.StripeClient, subscription: stripe.Subscription, seconds: int, **more: Any
) -> stripe.Subscription:
    """Change the only item as if that many seconds of its period had passed."""
    item = subscription["items"].data[0]
    wish = {name: more.pop(name) for name in ("price", "quantity") if name in more}
    params: Any = {
        "items": [{"id": item.id, **wish}],
        "proration_date": item.current_period_start + seconds,
        **more,
    }
    return client.v1.subscriptions.update(subscription.id, params)


@pytest.mark.parametrize(
    ("old", "new", "seconds", "credit", "debit"),
    [
        ((1000, 1), (2000, 1), 432_000, -500, 1000),  # half of the period
        ((1000, 1), (2000, 1), 0, -1000, 2000),  # all of it
        ((1000, 1), (2000, 1), 864_000, 0, 0),  # nothing is left
        ((999, 1), (1999, 1), 432_000, -500, 1000),  # 499.5 and 999.5: half up
        ((1000, 1), (3000, 1), 288_000, -667, 2000),  # two thirds: 666.67
        ((1000, 1), (500, 1), 216_000, -750, 375),  # a downgrade
        ((1000, 3), (1000, 5), 432_000, -1500, 2500),  # a number
        ((1000, 2), (700, 4), 863_999, 0, 0),  # a second: 0.002 and 0.003
        ((86_400_000, 1), (43_200_000, 1), 863_999, -100, 50),  # a second's worth
        ((1, 1), (3, 1), 432_001, 0, 1),  # just under and over the half
    ],
)
def test_unused_time_is_credited_and_remaining_time_charged(
    client: stripe.StripeClient,
    old: tuple[int, int],
    new: tuple[int, int],
    seconds: int,
    credit: int,
    debit: int,
) -> None:
    subscription = subscribe(client, ten_days(client, old[0]), old[1])
    other = ten_days(client, new[0]) if new[0] != old[0] else None
    wish: Any = {"price": other} if other else {}
    change(client, subscription, seconds, quantity=new[1], **wish)
    items = client.v1.invoice_items.list({"pending": True}).data
    assert [item.amount for item in reversed(items)] == [credit, debit]
    assert all(item.proration for item in items)
    item = subscription["items"].data[0]
    assert items[0].period.start == item.current_period_start + seconds
    assert items[0].period.end == item.current_period_end


def test_three_decimal_currencies_are_prorated_in_tens(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1010, currency="kwd"))
    change(client, subscription, 432_000, price=ten_days(client, 2030, currency="kwd"))
    items = client.v1.invoice_items.list({"pending": True}).data
    assert [item.amount for item in reversed(items)] == [-510, 1020]


def test_prorations_wait_for_the_next_invoice(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    changed = change(client, subscription, 432_000, price=ten_days(client, 2000))
    assert changed["items"].data[0].price.unit_amount == 2000
    assert len(client.v1.charges.list().data) == 1
    sandbox.advance(10 * DAY + 3700)
    newest = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert [line.amount for line in newest.lines.data] == [-500, 1000, 2000]
    assert (newest.status, newest.amount_paid) == ("paid", 2500)


def test_prorations_can_be_invoiced_at_once(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    changed = change(
        client,
        subscription,
        432_000,
        price=ten_days(client, 3000),
        proration_behavior="always_invoice",
        expand=["latest_invoice"],
    )
    invoice = changed.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert (invoice.amount_paid, changed.status) == (1000, "active")
    end = changed["items"].data[0].current_period_end
    assert end == subscription["items"].data[0].current_period_end


def test_a_credit_stays_in_the_customers_balance(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 3000))
    change(
        client,
        subscription,
        432_000,
        price=ten_days(client, 1000),
        proration_behavior="always_invoice",
    )
    customer = client.v1.customers.retrieve(str(subscription.customer))
    assert customer.balance == -1000


def test_without_proration_only_the_next_period_changes(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    change(
        client,
        subscription,
        432_000,
        price=ten_days(client, 2000),
        proration_behavior="none",
    )
    assert client.v1.invoice_items.list({"pending": True}).data == []


def test_another_interval_begins_a_period_now(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    changed = change(client, subscription, 0, price=billing.price(client, 20_000, "year"))
    assert abs(changed.billing_cycle_anchor - sandbox.now()) < 60
    invoice = client.v1.invoices.retrieve(str(changed.latest_invoice))
    assert [line.amount for line in invoice.lines.data] == [-1000, 20_000]
    assert invoice.amount_paid == 19_000
    item = changed["items"].data[0]
    assert item.current_period_end - item.current_period_start in (365 * DAY, 366 * DAY)


def test_a_declined_upgrade_makes_it_past_due(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    billing.change_card(client, str(subscription.customer), "pm_card_chargeCustomerFail")
    changed = change(
        client,
        subscription,
        432_000,
        price=ten_days(client, 3000),
        proration_behavior="always_invoice",
    )
    assert changed.status == "past_due"
    assert changed["items"].data[0].price.unit_amount == 3000


def test_a_declined_upgrade_can_be_all_or_nothing(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    billing.change_card(client, str(subscription.customer), "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        change(
            client,
            subscription,
            432_000,
            price=ten_days(client, 3000),
            proration_behavior="always_invoice",
            payment_behavior="error_if_incomplete",
        )
    same = client.v1.subscriptions.retrieve(subscription.id)
    assert (same.status, same.latest_invoice) == ("active", subscription.latest_invoice)
    assert same["items"].data[0].price.unit_amount == 1000
    assert client.v1.invoice_items.list({"pending": True}).data == []


def test_items_are_added_changed_and_taken_away(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    start = subscription["items"].data[0].current_period_start
    half: Any = {"proration_date": start + 432_000}
    params: Any = {"subscription": subscription.id, "price": ten_days(client, 600), **half}
    added = client.v1.subscription_items.create(params)
    doubled: Any = {"quantity": 2, **half}
    client.v1.subscription_items.update(added.id, doubled)
    listed = client.v1.subscription_items.list({"subscription": subscription.id}).data
    assert [(item.price.unit_amount, item.quantity) for item in listed] == [(600, 2), (1000, 1)]
    client.v1.subscription_items.delete(added.id, half)
    amounts = [one.amount for one in client.v1.invoice_items.list({"pending": True}).data]
    assert amounts[::-1] == [300, -300, 600, -600]
    left = client.v1.subscriptions.retrieve(subscription.id)["items"].data
    assert [item.id for item in left] == [subscription["items"].data[0].id]
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        client.v1.subscription_items.delete(left[0].id)


def test_canceling_can_give_back_the_rest(sandbox: Running, client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    client.v1.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    customer = client.v1.customers.retrieve(str(subscription.customer))
    assert customer.balance in (-1000, -999)


def test_a_proration_date_lies_within_the_period(client: stripe.StripeClient) -> None:
    subscription = subscribe(client, ten_days(client, 1000))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        change(client, subscription, 864_001, quantity=2)
    assert refusal.value.param == "proration_date"
