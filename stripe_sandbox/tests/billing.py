"""What tests of invoices and subscriptions start from."""

from __future__ import annotations

from typing import Any

import stripe

DAY = 86_400


def customer(client: stripe.StripeClient, card: str = "pm_card_visa", **more: Any) -> str:
    """A customer who pays by ``card`` unless told otherwise."""
    params: Any = {
        "email": "ada@example.com",
        "payment_method": card,
        "invoice_settings": {"default_payment_method": card},
        **more,
    }
    return client.v1.customers.create(params).id


def change_card(client: stripe.StripeClient, customer_id: str, card: str) -> None:
    """From now on the customer pays by another card."""
    method = client.v1.payment_methods.attach(card, {"customer": customer_id})
    settings: Any = {"invoice_settings": {"default_payment_method": method.id}}
    client.v1.customers.update(customer_id, settings)


def price(
    client: stripe.StripeClient, unit_amount: int = 1000, interval: str = "month", **more: Any
) -> str:
    """A recurring price."""
    params: Any = {
        "currency": "eur",
        "unit_amount": unit_amount,
        "recurring": {"interval": interval},
        "product_data": {"name": "Club"},
        **more,
    }
    return client.v1.prices.create(params).id


def types_since(client: stripe.StripeClient, event_id: str = "") -> list[str]:
    """The types of the events since that one (or of all), oldest first."""
    params: Any = {"limit": 100, **({"ending_before": event_id} if event_id else {})}
    return [event.type for event in reversed(client.v1.events.list(params).data)]


def last_event(client: stripe.StripeClient) -> str:
    """The id of the newest event."""
    return client.v1.events.list({"limit": 1}).data[0].id
