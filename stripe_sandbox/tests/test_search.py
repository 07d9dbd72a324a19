"""Searches (stripe.md, "Transport")."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


def intent(client: stripe.StripeClient, amount: int, **more: Any) -> str:
    params: Any = {"amount": amount, "currency": "eur", **more}
    return client.v1.payment_intents.create(params).id


def found(client: stripe.StripeClient, query: str) -> list[int]:
    return [one.amount for one in client.v1.payment_intents.search({"query": query}).data]


@pytest.fixture
def three(client: stripe.StripeClient) -> None:
    intent(client, 1000, metadata={"order": "7"})
    intent(client, 2000, metadata={"order": "8", "say": 'a "b"'}, currency="usd")
    intent(client, 3000, confirm=True, payment_method="pm_card_visa")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("metadata['order']:'7'", [1000]),
        ('metadata["order"]:"8"', [2000]),
        ('metadata["say"]:"a \\"b\\""', [2000]),
        ("-metadata['order']:null", [2000, 1000]),
        ("metadata['order']:null", [3000]),
        ("status:'succeeded'", [3000]),
        ("status:'SUCCEEDED'", [3000]),
        ("amount>1000", [3000, 2000]),
        ("amount>=1000 amount<3000", [2000, 1000]),
        ("amount:2000 AND currency:'usd'", [2000]),
        ("amount:1000 OR amount:3000", [3000, 1000]),
        ("-currency:'eur'", [2000]),
        ("customer:null AND amount<=1000", [1000]),
        ("created>1", [3000, 2000, 1000]),
    ],
)
def test_intents_are_found(client: stripe.StripeClient, query: str, amounts: list[int]) -> None:
    assert found(client, query) == amounts


@pytest.mark.parametrize(
    "query",
    [
        "colour:'red'",
        "status",
        "status>'succeeded'",
        "amount:'much'",
        "amount:1 AND amount:2 OR amount:3",
        "amount~1",
        "status:'succeeded",
        "(amount:1)",
    ],
)
def test_what_is_no_query_is_refused(client: stripe.StripeClient, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        found(client, query)
    assert refusal.value.param == "query"


@pytest.mark.usefixtures("three")
def test_results_come_in_pages(client: stripe.StripeClient) -> None:
    first = client.v1.payment_intents.search({"query": "amount>0", "limit": 2})
    assert ([one.amount for one in first.data], first.has_more) == ([3000, 2000], True)
    assert [one.amount for one in first.auto_paging_iter()] == [3000, 2000, 1000]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.search({"query": "amount>0", "page": "x"})
    assert refusal.value.param == "page"


def test_customers_are_found_by_a_part_of_their_name(client: stripe.StripeClient) -> None:
    alice = client.v1.customers.create({"name": "Alice Example", "email": "alice@example.com"})
    client.v1.customers.create({"name": "Bob"})
    for query in ("name~'exam'", "email:'alice@example.com'", "phone:null AND email~'alice'"):
        assert [one.id for one in client.v1.customers.search({"query": query}).data] == [alice.id]


@pytest.mark.usefixtures("three")
def test_charges_are_found(client: stripe.StripeClient) -> None:
    query = "refunded:'false' AND disputed:'false' AND status:'succeeded'"
    assert [one.amount for one in client.v1.charges.search({"query": query}).data] == [3000]
