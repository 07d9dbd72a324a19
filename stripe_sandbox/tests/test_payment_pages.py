"""Paying as Stripe's CLI does, without the page (stripe.md, "Version")."""

from __future__ import annotations

from typing import Any

import stripe

from .support import Running, wish


def pay(sandbox: Running, session_id: str, method: str, amount: int = 5000) -> Any:
    form = f"payment_method={method}&expected_amount={amount}"
    return sandbox.api("POST", f"/v1/payment_pages/{session_id}/confirm", form)


def test_the_page_shows_its_session(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert sandbox.api("GET", f"/v1/payment_pages/{session.id}").json()["id"] == session.id


def test_a_payment_method_pays_and_its_owner_is_the_customer(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    method = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"email": "jenny@example.com", "name": "Jenny"},
        }
    )
    assert pay(sandbox, session.id, method.id).status == 200
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.customer_details is not None
    assert paid.customer_details.email == "jenny@example.com"
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.payment_method == method.id


def test_a_decline_leaves_the_session_open(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert pay(sandbox, session.id, "pm_card_chargeDeclined").status == 402
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_another_amount_than_expected_is_not_taken(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert pay(sandbox, session.id, "pm_card_visa", 4999).status == 400
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"


def test_a_type_that_the_session_does_not_take_is_refused(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish(excluded_payment_method_types=["sepa_debit"]))
    answer = pay(sandbox, session.id, "pm_success_at")
    assert (answer.status, answer.json()["error"]["param"]) == (400, "payment_method")
