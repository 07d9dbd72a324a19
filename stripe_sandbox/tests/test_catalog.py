"""Products and Prices, and Checkout line items that name them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.store import Collection

from .support import Running, wish


def make_price(client: stripe.StripeClient, **more: Any) -> stripe.Price:
    product = client.v1.products.create({"name": "Kayak"})
    params: Any = {"currency": "eur", "unit_amount": 1500, "product": product.id, **more}
    return client.v1.prices.create(params)


def test_a_product_can_bring_its_first_price(client: stripe.StripeClient) -> None:
    product = client.v1.products.create(
        {
            "name": "Kayak",
            "default_price_data": {"currency": "eur", "unit_amount": 1500},
            "expand": ["default_price"],
        }
    )
    assert isinstance(product.default_price, stripe.Price)
    assert (product.default_price.product, product.default_price.unit_amount) == (product.id, 1500)


def test_a_price_can_bring_its_product(sandbox: Running, client: stripe.StripeClient) -> None:
    price = client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Club"},
        }
    )
    assert (price.type, price.unit_amount) == ("recurring", 900)
    assert client.v1.products.retrieve(str(price.product)).name == "Club"
    assert sandbox.event_types() == ["product.created", "plan.created", "price.created"]


def test_a_price_is_renamed_but_its_amount_is_fixed(client: stripe.StripeClient) -> None:
    price = make_price(client)
    changed = client.v1.prices.update(price.id, {"nickname": "day", "active": False})
    assert (changed.nickname, changed.active) == ("day", False)
    other_amount: Any = {"unit_amount": 1}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.prices.update(price.id, other_amount)
    assert refusal.value.code == "parameter_unknown"


def test_a_lookup_key_is_unique_and_can_move(client: stripe.StripeClient) -> None:
    first, second = make_price(client, lookup_key="day"), make_price(client)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.prices.update(second.id, {"lookup_key": "day"})
    assert refusal.value.param == "lookup_key"
    client.v1.prices.update(second.id, {"lookup_key": "day", "transfer_lookup_key": True})
    found = client.v1.prices.list({"lookup_keys": ["day"]}).data
    assert [price.id for price in found] == [second.id]
    assert client.v1.prices.retrieve(first.id).lookup_key is None


def test_prices_are_listed_by_product_and_type(client: stripe.StripeClient) -> None:
    once = make_price(client)
    monthly = make_price(client, product=once.product, recurring={"interval": "month"})
    make_price(client)
    listed = client.v1.prices.list({"product": str(once.product)}).data
    assert [price.id for price in listed] == [monthly.id, once.id]
    assert client.v1.prices.list({"type": "recurring"}).data[0].id == monthly.id


def test_a_product_with_prices_is_not_deleted(client: stripe.StripeClient) -> None:
    price = make_price(client)
    with pytest.raises(stripe.InvalidRequestError, match="one or more user-created prices"):
        client.v1.products.delete(str(price.product))
    empty = client.v1.products.create({"name": "Empty", "id": "empty"})
    assert client.v1.products.delete(empty.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such product"):
        client.v1.products.retrieve("empty")


def test_a_price_over_more_than_three_years_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        make_price(client, recurring={"interval": "week", "interval_count": 157})
    assert refusal.value.param == "recurring[interval_count]"


def test_a_line_item_names_a_price(client: stripe.StripeClient) -> None:
    price = make_price(client)
    session = client.v1.checkout.sessions.create(
        wish(
            line_items=[{"price": price.id, "quantity": 3}],
            expand=["line_items.data.price.product"],
        )
    )
    assert session.amount_total == 4500
    assert session.line_items is not None
    item = session.line_items.data[0]
    assert item.price is not None
    assert item.description == "Kayak"
    assert isinstance(item.price.product, stripe.Product)


def test_a_line_item_gives_a_price_for_a_product(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Kayak"})
    data = {"currency": "eur", "unit_amount": 700, "product": product.id}
    session = client.v1.checkout.sessions.create(
        wish(line_items=[{"price_data": data, "quantity": 1}])
    )
    item = client.v1.checkout.sessions.line_items.list(session.id).data[0]
    assert (item.description, item.amount_total) == ("Kayak", 700)


def test_an_inactive_price_cannot_be_bought(client: stripe.StripeClient) -> None:
    price = make_price(client, active=False)
    with pytest.raises(stripe.InvalidRequestError, match="is inactive"):
        client.v1.checkout.sessions.create(wish(line_items=[{"price": price.id, "quantity": 1}]))


def test_a_recurring_price_needs_mode_subscription(client: stripe.StripeClient) -> None:
    price = make_price(client, recurring={"interval": "month"})
    with pytest.raises(stripe.InvalidRequestError, match="mode"):
        client.v1.checkout.sessions.create(wish(line_items=[{"price": price.id, "quantity": 1}]))


def test_what_is_unfinished_does_not_keep_what_is_finished_in_memory() -> None:
    prices = Collection("price", 100, lambda price: not price["active"])
    for number in range(50):
        prices.add({"id": f"active_{number}", "active": True})
    for number in range(500):
        prices.add({"id": f"inactive_{number}", "active": False})
    assert len(prices) <= 100
    assert prices.find("active_0") is not None
