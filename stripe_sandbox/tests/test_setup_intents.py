"""Cards kept for later (stripe.md, "PaymentIntents, charges, holds" and "Test cards")."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from .support import Running, http

ASKS_UNLESS_SET_UP = "pm_card_authenticationRequiredOnSetup"


def set_up(client: stripe.StripeClient, method: str, **more: Any) -> Any:
    params: Any = {"confirm": True, "payment_method": method, **more}
    return client.v1.setup_intents.create(params)


def charge_off_session(client: stripe.StripeClient, customer_id: str, method_id: Any) -> Any:
    params: Any = {
        "amount": 700,
        "currency": "eur",
        "confirm": True,
        "off_session": True,
        "customer": customer_id,
        "payment_method": method_id,
    }
    return client.v1.payment_intents.create(params)


def test_a_card_is_set_up_and_kept_with_its_customer(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({})
    setup = set_up(client, "pm_card_visa", customer=customer.id, expand=["latest_attempt"])
    assert (setup.status, setup.usage) == ("succeeded", "off_session")
    assert setup.latest_attempt.status == "succeeded"
    kept = client.v1.customers.payment_methods.list(customer.id).data
    assert [method.id for method in kept] == [setup.payment_method]
    assert sandbox.event_types()[1:] == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    assert charge_off_session(client, customer.id, setup.payment_method).status == "succeeded"


def test_it_is_created_then_updated_then_confirmed(client: stripe.StripeClient) -> None:
    setup = client.v1.setup_intents.create({"metadata": {"a": "1"}})
    assert setup.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.setup_intents.confirm(setup.id)
    changed = client.v1.setup_intents.update(
        setup.id, {"payment_method": "pm_card_visa", "metadata": {"b": "2"}}
    )
    assert changed.status == "requires_confirmation"
    done = client.v1.setup_intents.confirm(setup.id)
    assert done.status == "succeeded"
    assert done.metadata is not None
    assert done.metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert refusal.value.code == "setup_intent_unexpected_state"


def test_a_card_that_declines_is_not_set_up(sandbox: Running, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        set_up(client, "pm_card_chargeDeclinedInsufficientFunds")
    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")
    assert refusal.value.error is not None
    assert refusal.value.error.setup_intent is not None
    setup = client.v1.setup_intents.list().data[0]
    assert (setup.status, setup.payment_method) == ("requires_payment_method", None)
    assert setup.last_setup_error is not None
    assert setup.last_setup_error.decline_code == "insufficient_funds"
    assert sandbox.event_types()[-1] == "setup_intent.setup_failed"
    attempts = client.v1.setup_attempts.list({"setup_intent": setup.id}).data
    assert [attempt.status for attempt in attempts] == ["failed"]


def test_a_card_can_be_kept_that_declines_later(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    setup = set_up(client, "pm_card_chargeCustomerFail", customer=customer.id)
    assert setup.status == "succeeded"
    with pytest.raises(stripe.CardError) as refusal:
        charge_off_session(client, customer.id, setup.payment_method)
    assert refusal.value.code == "card_declined"


@pytest.mark.parametrize(
    ("card", "pays"), [(ASKS_UNLESS_SET_UP, True), ("pm_card_authenticationRequired", False)]
)
def test_its_owner_is_asked_once_or_always(
    sandbox: Running, client: stripe.StripeClient, card: str, pays: bool
) -> None:
    customer = client.v1.customers.create({})
    setup = set_up(client, card, customer=customer.id, return_url="http://shop.test/back")
    assert setup.status == "requires_action"
    assert sandbox.event_types()[-1] == "setup_intent.requires_action"
    assert "payments to come" in http("GET", setup.next_action.redirect_to_url.url).text
    answer = http("POST", setup.next_action.redirect_to_url.url, b"answer=yes")
    assert answer.headers["location"] == f"http://shop.test/back?setup_intent={setup.id}"
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    if pays:
        assert charge_off_session(client, customer.id, setup.payment_method).status == "succeeded"
    else:
        with pytest.raises(stripe.CardError) as refusal:
            charge_off_session(client, customer.id, setup.payment_method)
        assert refusal.value.code == "authentication_required"


def test_an_owner_who_says_no_sends_it_back(sandbox: Running, client: stripe.StripeClient) -> None:
    setup = set_up(client, ASKS_UNLESS_SET_UP, return_url="http://shop.test/back")
    http("POST", setup.next_action.redirect_to_url.url, b"answer=no")
    after = client.v1.setup_intents.retrieve(setup.id)
    assert (after.status, after.next_action) == ("requires_payment_method", None)
    assert after.last_setup_error is not None
    assert after.last_setup_error.code == "setup_intent_authentication_failure"


def test_it_can_be_cancelled_until_it_has_succeeded(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    setup = client.v1.setup_intents.create({})
    canceled = client.v1.setup_intents.cancel(setup.id, {"cancellation_reason": "duplicate"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "duplicate")
    assert sandbox.event_types()[-1] == "setup_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.setup_intents.cancel(setup.id)
    assert refusal.value.code == "setup_intent_unexpected_state"


def test_they_are_listed_by_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    mine = client.v1.setup_intents.create({"customer": customer.id})
    client.v1.setup_intents.create({})
    found = client.v1.setup_intents.list({"customer": customer.id}).data
    assert [setup.id for setup in found] == [mine.id]


def test_the_card_of_one_customer_is_not_set_up_for_another(client: stripe.StripeClient) -> None:
    alice, bob = client.v1.customers.create({}), client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        set_up(client, method.id, customer=bob.id)
