"""stripe.md, "PaymentIntents, charges, holds" and "Test cards"."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.cards import BY_METHOD, CARDS, Card

from .support import Answer, Running, http

DAY = 24 * 3600


def intent(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    params: Any = {"amount": 2000, "currency": "eur", "confirm": True, **more}
    params.setdefault("payment_method", "pm_card_visa")
    return client.v1.payment_intents.create(params)


def agree(asked: stripe.PaymentIntent, answer: str = "yes") -> Answer:
    """Be the card's owner."""
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    url = str(asked.next_action.redirect_to_url.url)
    return http("POST", url, f"answer={answer}".encode())


def test_an_intent_is_created_confirmed_and_charged(client: stripe.StripeClient) -> None:
    created = client.v1.payment_intents.create({"amount": 2000, "currency": "eur"})
    assert created.status == "requires_payment_method"
    paid = client.v1.payment_intents.confirm(
        created.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]}
    )
    assert (paid.status, paid.amount_received) == ("succeeded", 2000)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.payment_method_details is not None
    assert paid.latest_charge.payment_method_details.card is not None
    assert paid.latest_charge.payment_method_details.card.last4 == "4242"


@pytest.mark.parametrize("card", [c for c in CARDS if c.decline], ids=lambda c: c.last4)
def test_a_declining_card_says_why(client: stripe.StripeClient, card: Card) -> None:
    assert card.decline is not None
    with pytest.raises(stripe.CardError) as refusal:
        intent(client, payment_method=card.method)
    error = refusal.value
    assert (error.http_status, error.code) == (402, card.decline.code)
    assert error.error is not None
    assert error.error.decline_code == card.decline.decline_code
    after = client.v1.payment_intents.list().data[0]
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert after.last_payment_error is not None
    assert after.last_payment_error.message == card.decline.message
    assert client.v1.charges.list().data[0].failure_code == card.decline.code


@pytest.mark.parametrize(
    "card",
    [c for c in CARDS if not c.decline and c.authentication == "never"],
    ids=lambda c: c.last4,
)
def test_the_other_cards_pay(client: stripe.StripeClient, card: Card) -> None:
    assert intent(client, payment_method=card.method).status == "succeeded"


def test_cards_are_known_by_their_long_names_too() -> None:
    assert BY_METHOD["pm_card_visa_chargeDeclined"] is BY_METHOD["pm_card_chargeDeclined"]


def test_a_card_that_needs_its_owner_is_declined_off_session(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "alice@example.com"})
    method = client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError) as refusal:
        intent(client, customer=customer.id, payment_method=method.id, off_session=True)
    assert refusal.value.code == "authentication_required"


def test_a_card_that_needs_its_owner_once_pays_off_session(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredOnSetup", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError) as refusal:
        intent(client, customer=customer.id, payment_method=method.id, off_session=True)
    assert refusal.value.code == "authentication_required"
    first = intent(
        client,
        customer=customer.id,
        payment_method=method.id,
        return_url="http://shop.test/back",
        setup_future_usage="off_session",
    )
    agree(first)
    paid = intent(client, customer=customer.id, payment_method=method.id, off_session=True)
    assert paid.status == "succeeded"


def test_on_session_its_owner_is_sent_to_the_bank(client: stripe.StripeClient) -> None:
    asked = intent(
        client, payment_method="pm_card_authenticationRequired", return_url="http://shop.test/back"
    )
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    url = str(asked.next_action.redirect_to_url.url)
    answer = http("POST", url, b"answer=yes")
    assert answer.headers["location"] == f"http://shop.test/back?payment_intent={asked.id}"
    assert client.v1.payment_intents.retrieve(asked.id).status == "succeeded"


def test_an_owner_who_says_no_sends_the_intent_back(client: stripe.StripeClient) -> None:
    asked = intent(
        client, payment_method="pm_card_authenticationRequired", return_url="http://shop.test/back"
    )
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    http("POST", str(asked.next_action.redirect_to_url.url), b"answer=no")
    after = client.v1.payment_intents.retrieve(asked.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error is not None
    assert after.last_payment_error.code == "payment_intent_authentication_failure"


def test_a_hold_is_captured_once_and_in_part(sandbox: Running, client: stripe.StripeClient) -> None:
    held = intent(client, capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == (
        "requires_capture",
        2000,
        0,
    )
    paid = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 500})
    assert (paid.status, paid.amount_capturable, paid.amount_received) == ("succeeded", 0, 500)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.capture(held.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert "payment_intent.amount_capturable_updated" in sandbox.event_types()
    assert sandbox.event_types()[-2:] == ["charge.captured", "payment_intent.succeeded"]


def test_more_than_is_held_cannot_be_captured(client: stripe.StripeClient) -> None:
    held = intent(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 2001})
    assert refusal.value.code == "amount_too_large"


@pytest.mark.parametrize(
    ("off_session", "seconds"), [(False, 7 * DAY), (True, 4 * DAY + 18 * 3600)]
)
def test_a_hold_lapses_when_its_time_is_over(
    sandbox: Running, client: stripe.StripeClient, off_session: bool, seconds: int
) -> None:
    held = intent(
        client, capture_method="manual", off_session=off_session, expand=["latest_charge"]
    )
    assert isinstance(held.latest_charge, stripe.Charge)
    details = held.latest_charge.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.capture_before == held.created + seconds
    sandbox.advance(seconds - 60)
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    sandbox.advance(61)
    lapsed = client.v1.payment_intents.retrieve(held.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


def test_a_hold_can_be_cancelled(client: stripe.StripeClient) -> None:
    held = intent(client, capture_method="manual")
    canceled = client.v1.payment_intents.cancel(
        held.id, {"cancellation_reason": "requested_by_customer"}
    )
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert canceled.cancellation_reason == "requested_by_customer"


def test_a_paid_intent_cannot_be_cancelled(client: stripe.StripeClient) -> None:
    paid = intent(client)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.cancel(paid.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (50, "eur", None),
        (49, "jpy", "amount_too_small"),
        (50, "jpy", None),
        (1230, "kwd", None),
        (1234, "kwd", "invalid_charge_amount"),
        (10000, "isk", None),
        (10001, "isk", "invalid_charge_amount"),
        (20050, "huf", None),
        (99_999_999, "usd", None),
        (100_000_000, "usd", "amount_too_large"),
    ],
)
def test_amounts_keep_to_the_rules_of_their_currency(
    client: stripe.StripeClient, amount: int, currency: str, code: str | None
) -> None:
    params: Any = {"amount": amount, "currency": currency}
    if code is None:
        assert client.v1.payment_intents.create(params).amount == amount
    else:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.create(params)
        assert refusal.value.code == code


def test_an_unknown_currency_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency: xxx"):
        client.v1.payment_intents.create({"amount": 500, "currency": "XXX"})


def test_a_real_card_number_is_neither_taken_nor_kept(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    number = "4111111111111111"
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.create(
            {"type": "card", "card": {"number": number, "exp_month": 1, "exp_year": 2040}}
        )
    assert number not in sandbox.get("/_sandbox/journal").text


def test_metadata_is_merged_and_emptied_values_are_deleted(client: stripe.StripeClient) -> None:
    made = client.v1.payment_intents.create(
        {"amount": 500, "currency": "eur", "metadata": {"a": "1", "b": "2"}}
    )
    changed = client.v1.payment_intents.update(made.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


def test_a_customer_can_be_changed_and_deleted(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    made = client.v1.customers.create({"email": "alice@example.com", "metadata": {"a": "1"}})
    changed = client.v1.customers.update(made.id, {"business_name": "Bikes", "email": ""})
    assert (changed.business_name, changed.email) == ("Bikes", None)
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1"}
    assert client.v1.customers.delete(made.id).deleted is True
    assert client.v1.customers.list().data == []
    assert sandbox.event_types() == ["customer.created", "customer.updated", "customer.deleted"]


def test_a_hold_can_be_increased_where_that_was_asked_for(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    held = intent(
        client,
        capture_method="manual",
        payment_method_options={"card": {"request_incremental_authorization": "if_available"}},
    )
    more = client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
    assert (more.amount, more.amount_capturable) == (2500, 2500)
    assert sandbox.event_types()[-1] == "payment_intent.amount_capturable_updated"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
    assert refusal.value.param == "amount"
    assert client.v1.payment_intents.capture(held.id).amount_received == 2500


def test_other_holds_cannot_be_increased(client: stripe.StripeClient) -> None:
    held = intent(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="not eligible"):
        client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
