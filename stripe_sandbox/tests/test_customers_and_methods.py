"""What saved PaymentMethods and Customers show beyond payments."""

from __future__ import annotations

import pytest
import stripe

from .support import Running


def test_a_saved_method_is_updated_and_says_so(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    changed = client.v1.payment_methods.update(
        method.id, {"card": {"exp_year": 2040}, "billing_details": {"name": "Jenny"}}
    )
    assert changed.card is not None
    assert (changed.card.exp_year, changed.card.last4) == (2040, "4242")
    assert changed.billing_details.name == "Jenny"
    assert "payment_method.updated" in sandbox.event_types()


def test_a_method_that_nobody_saved_cannot_be_updated(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.update(method.id, {"metadata": {"a": "b"}})


def test_the_account_is_the_merchants(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert account.settings is not None
    assert account.settings.dashboard.display_name == "Bike shop"
    assert client.v1.accounts.retrieve(account.id).charges_enabled
    assert client.v1.accounts.list().data == []


def test_what_is_simulated_nowhere_expands_to_nothing(client: stripe.StripeClient) -> None:
    customer_id = client.v1.customers.create().id
    customer = client.v1.customers.retrieve(customer_id, {"expand": ["sources", "default_source"]})
    price = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Bike"}}
    )
    shown = client.v1.prices.retrieve(price.id, {"expand": ["tiers", "currency_options"]})
    assert customer.sources is not None
    assert customer.sources.data == []
    assert "tiers" not in shown
    assert shown.currency_options is not None
    assert shown.currency_options["eur"].unit_amount == 500
