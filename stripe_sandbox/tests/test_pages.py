"""The payment page, as a browser without JavaScript uses it."""

from __future__ import annotations

import re

import pytest
import stripe

from .support import DECLINED, PAYS, Running, item, wish

GOOD = {"number": PAYS, "expiry": "12 / 40", "cvc": "123", "email": "alice@example.com"}


def path_of(session: stripe.checkout.Session) -> str:
    return str(session.url).partition("/c/")[1] + str(session.url).partition("/c/")[2]


def test_the_page_shows_what_is_bought_and_what_is_due(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish(line_items=[item("<Bike> & Co.", 2500, 2)]))
    assert str(session.url).startswith(f"{sandbox.base}/c/pay/cs_test_")
    page = sandbox.get(path_of(session))
    assert page.status == 200
    for text in ("Bike shop", "&lt;Bike&gt; &amp; Co.", "Qty 2", "€50.00", "4242 4242 4242 4242"):
        assert text in page.text
    assert 'href="http://shop.test/cancel"' in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_every_field_of_the_form_has_a_label(sandbox: Running, client: stripe.StripeClient) -> None:
    page = sandbox.get(path_of(client.v1.checkout.sessions.create(wish()))).text
    fields = set(re.findall(r'<input id="(\w+)"', page))
    assert {"email", "number", "expiry", "cvc", "iban", "name"} == fields
    assert fields == set(re.findall(r'<label for="(\w+)"', page))


def test_a_typed_card_pays_and_leads_back_to_the_shop(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    answer = sandbox.submit(path_of(session), **GOOD, name="Alice")
    assert answer.status == 303
    assert answer.headers["location"] == f"http://shop.test/success?session_id={session.id}"
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert done.payment_status == "paid"
    assert done.customer_details is not None
    assert (done.customer_details.email, done.customer_details.name) == (
        "alice@example.com",
        "Alice",
    )


def test_a_test_card_pays_at_the_press_of_its_button(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert sandbox.submit(path_of(session), card=PAYS).status == 303


def test_a_decline_is_told_on_the_page_and_another_card_may_follow(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    declined = sandbox.submit(path_of(session), card=DECLINED)
    assert declined.status == 402
    assert 'role="alert"' in declined.text
    assert "Your card was declined." in declined.text
    assert sandbox.submit(path_of(session), **GOOD).status == 303


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "4111 1111 1111 1111"}, "takes only Stripe&#39;s test cards"),
        ({"number": ""}, "card number is incomplete"),
        ({"number": "hello"}, "takes only Stripe&#39;s test cards"),
        ({"expiry": "13/40"}, "MM / YY"),
        ({"expiry": "01/20"}, "in the past"),
        ({"cvc": "12"}, "three digits"),
        ({"email": "alice"}, "not an e-mail address"),
    ],
)
def test_what_will_not_do_is_refused_with_a_sentence(
    sandbox: Running, client: stripe.StripeClient, change: dict[str, str], sentence: str
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    page = sandbox.submit(path_of(session), **{**GOOD, **change})
    assert page.status == 422
    assert sentence in page.text
    assert 'aria-invalid="true"' in page.text
    assert "4111" not in page.text
    assert client.v1.payment_intents.list().data == []


def test_a_second_press_of_the_button_leads_to_the_shop_too(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.submit(path_of(session), **GOOD)
    again = sandbox.submit(path_of(session), **GOOD)
    assert again.status == 303
    assert len(client.v1.charges.list().data) == 1


def test_paid_and_expired_sessions_say_so(sandbox: Running, client: stripe.StripeClient) -> None:
    paid, expired = (client.v1.checkout.sessions.create(wish()) for _ in range(2))
    sandbox.pay(paid.id)
    client.v1.checkout.sessions.expire(expired.id)
    assert "all set" in sandbox.get(path_of(paid)).text
    assert "has expired" in sandbox.get(path_of(expired)).text
    assert "has expired" in sandbox.submit(path_of(expired), **GOOD).text
    assert sandbox.get("/c/pay/cs_test_none").status == 404


def test_a_card_that_asks_its_owner_goes_by_the_banks_page(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    to_bank = sandbox.submit(path_of(session), card="4000002760003184")
    bank = to_bank.headers["location"]
    assert "€50.00" in sandbox.get(bank).text
    assert "unable to authenticate" in sandbox.submit(bank, answer="no").text
    bank = sandbox.submit(path_of(session), card="4000002760003184").headers["location"]
    done = sandbox.submit(bank, answer="yes")
    assert done.headers["location"] == f"http://shop.test/success?session_id={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_nothing_to_pay_needs_no_card(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish(line_items=[item(unit_amount=0)]))
    assert "Card number" not in sandbox.get(path_of(session)).text
    assert sandbox.submit(path_of(session), email="alice@example.com").status == 303


def test_a_debit_is_paid_at_the_press_of_a_button_and_says_that_it_takes_time(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert sandbox.submit(path_of(session), account="AT611904300234573201").status == 303
    assert "has yet to hand over €50.00" in sandbox.get(path_of(session)).text


def test_another_iban_is_refused_and_not_kept(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    page = sandbox.submit(path_of(session), method="sepa_debit", iban="NL91 ABNA 0417 1643 00")
    assert page.status == 422
    assert "takes only Stripe&#39;s test accounts" in page.text
    assert "ABNA" not in page.text
    assert client.v1.payment_intents.list().data == []


def test_a_session_that_takes_no_debits_offers_none(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    only_cards = {"allowed_payment_method_types": ["card"]}
    session = client.v1.checkout.sessions.create(wish(**only_cards))
    assert "IBAN" not in sandbox.get(path_of(session)).text
    refused = sandbox.submit(path_of(session), account="AT611904300234573201")
    assert "card number is incomplete" in refused.text


def test_a_session_that_saves_a_card_says_so_and_asks_for_no_money(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({})
    session = client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "eur",
            "customer": customer.id,
            "success_url": "http://shop.test/success",
        }
    )
    page = sandbox.get(path_of(session)).text
    assert "Nothing is charged now." in page
    assert ">Save<" in page
    assert "Total due" not in page
    assert sandbox.submit(path_of(session), card=PAYS).status == 303
    assert "Your card is saved with Bike shop." in sandbox.get(path_of(session)).text


def test_a_subscription_tells_what_is_due_today_and_then(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    monthly = item("Bike club", 2000, 2, recurring={"interval": "month"})
    yearly = item("Insurance", 3000, 1, recurring={"interval": "year", "interval_count": 1})
    session = client.v1.checkout.sessions.create(wish(mode="subscription", line_items=[monthly]))
    page = sandbox.get(path_of(session)).text
    for text in ("Subscribe to Bike shop", "Then €40.00 per month", "Total due today"):
        assert text in page
    assert sandbox.submit(path_of(session), card=PAYS).status == 303
    session = client.v1.checkout.sessions.create(wish(mode="subscription", line_items=[yearly]))
    assert "Then €30.00 per year" in sandbox.get(path_of(session)).text
