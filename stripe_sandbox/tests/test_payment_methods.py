"""PaymentMethods and their customers."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from .support import Running


def pay(client: stripe.StripeClient, method_id: str, **more: Any) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 2000,
        "currency": "eur",
        "confirm": True,
        "payment_method": method_id,
        **more,
    }
    return client.v1.payment_intents.create(params)


def test_a_method_without_a_customer_is_good_for_one_payment(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    pay(client, method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, method.id)
    customer = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method.id, {"customer": customer.id})


def test_a_kept_method_is_good_for_many(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    for _ in range(2):
        assert pay(client, method.id, customer=customer.id).status == "succeeded"


def test_a_detached_method_is_gone_for_good(sandbox: Running, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert client.v1.payment_methods.detach(method.id).customer is None
    assert sandbox.event_types()[-1] == "payment_method.detached"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, method.id)
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        client.v1.payment_methods.detach(method.id)


def test_a_card_that_declines_cannot_be_attached_but_for_one(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert refusal.value.code == "card_declined"
    kept = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(stripe.CardError):
        pay(client, kept.id, customer=customer.id)
    with pytest.raises(stripe.CardError):
        client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})


def test_a_customers_methods_are_listed_and_found(client: stripe.StripeClient) -> None:
    alice, bob = client.v1.customers.create({}), client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    account = client.v1.payment_methods.attach("pm_success_at", {"customer": alice.id})
    listed = client.v1.customers.payment_methods.list(alice.id).data
    assert [one.id for one in listed] == [account.id, method.id]
    cards = client.v1.payment_methods.list({"customer": alice.id, "type": "card"}).data
    assert [one.id for one in cards] == [method.id]
    assert client.v1.customers.payment_methods.retrieve(alice.id, method.id).id == method.id
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.customers.payment_methods.retrieve(bob.id, method.id)
    assert refusal.value.code == "resource_missing"


def test_a_deleted_customer_is_remembered_and_his_methods_are_gone(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.customers.delete(customer.id)
    assert client.v1.customers.retrieve(customer.id).deleted is True
    assert client.v1.payment_methods.retrieve(method.id).customer is None
    assert sandbox.event_types()[-2:] == ["payment_method.detached", "customer.deleted"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.customers.update(customer.id, {"name": "Alice"})
    assert refusal.value.code == "resource_missing"


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_account_can_be_described_where_it_is_used(
    client: stripe.StripeClient, confirmed: bool
) -> None:
    data: Any = {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}}
    params: Any = {"amount": 2000, "currency": "eur"}
    if confirmed:
        params |= {"confirm": True, "payment_method_data": data}
        paid = client.v1.payment_intents.create(params)
    else:
        made = client.v1.payment_intents.create(params)
        paid = client.v1.payment_intents.confirm(made.id, {"payment_method_data": data})
    assert paid.status == "processing"
    method = client.v1.payment_methods.retrieve(str(paid.payment_method))
    assert method.sepa_debit is not None
    assert method.sepa_debit.last4 == "3201"
    setup = client.v1.setup_intents.create({"confirm": True, "payment_method_data": data})
    assert setup.status == "succeeded"


def test_a_described_real_number_is_neither_taken_nor_kept(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    number = "GB33BUKB20201555555555"
    data: Any = {"type": "sepa_debit", "sepa_debit": {"iban": number}}
    params: Any = {"amount": 2000, "currency": "eur", "payment_method_data": data}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(params)
    assert refusal.value.code == "account_number_invalid"
    assert number not in sandbox.get("/_sandbox/journal").text
