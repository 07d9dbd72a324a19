"""django-payments sells through Stripe Checkout: redirect, pay, webhook, refund."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal

import pytest
import stripe
from payments import PaymentStatus, RedirectNeeded
from payments.core import provider_factory
from shop.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)

SANDBOX = os.environ["SANDBOX"]
PAYS, DECLINED = "4242424242424242", "4000000000000002"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def send(method, url, body=None):
    request = urllib.request.Request(url, body, method=method)
    try:
        return urllib.request.build_opener(NoRedirect).open(request, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer


@pytest.fixture(autouse=True)
def webhook(live_server):
    url = f"{live_server.url}/payments/process/stripe/"
    wish = {"url": url, "secrets": ["whsec_django_payments"]}
    send("POST", f"{SANDBOX}/_sandbox/webhooks", json.dumps(wish).encode())
    yield
    send("DELETE", f"{SANDBOX}/_sandbox/webhooks")


@pytest.fixture
def payment():
    return Payment.objects.create(
        variant="stripe",
        currency="EUR",
        total=Decimal("50.00"),
        billing_first_name="Jenny",
        billing_last_name="Rosen",
        billing_email="jenny@example.com",
    )


def page_of(payment):
    """The address that the customer is sent to."""
    with pytest.raises(RedirectNeeded) as redirect:
        payment.get_form()
    return str(redirect.value)


def pay(page, card):
    """Press the button of a card; gives the address that the customer is sent to, if any."""
    body = urllib.parse.urlencode({"card": card}).encode()
    return send("POST", page, body).headers.get("Location")


def wait_for(payment, status):
    deadline = time.monotonic() + 15
    while payment.status != status:
        assert time.monotonic() < deadline, f"it is still {payment.status}"
        time.sleep(0.05)
        payment.refresh_from_db()


def test_the_customer_pays_and_the_webhook_confirms(payment):
    back = pay(page_of(payment), PAYS)
    wait_for(payment, PaymentStatus.CONFIRMED)

    assert back == payment.get_success_url()
    assert payment.captured_amount == 50
    assert payment.attrs.session["client_reference_id"] == payment.token
    assert payment.attrs.session["customer_details"]["email"] == "jenny@example.com"


def test_after_a_decline_another_card_pays(payment):
    page = page_of(payment)
    declined = pay(page, DECLINED)
    pay(page, PAYS)
    wait_for(payment, PaymentStatus.CONFIRMED)

    assert declined is None


def test_without_a_webhook_the_status_is_asked_for(payment, webhook):
    send("DELETE", f"{SANDBOX}/_sandbox/webhooks")
    pay(page_of(payment), PAYS)
    provider_factory("stripe", payment).status(payment)

    assert payment.status == PaymentStatus.CONFIRMED


def test_a_payment_is_refunded_in_part_then_whole(payment):
    pay(page_of(payment), PAYS)
    wait_for(payment, PaymentStatus.CONFIRMED)
    payment.refund(Decimal("20.00"))
    left = payment.captured_amount
    payment.refund(Decimal("30.00"))
    refunds = stripe.Refund.list(payment_intent=payment.attrs.session["payment_intent"])

    assert (left, payment.status) == (30, PaymentStatus.REFUNDED)
    assert [refund.amount for refund in refunds.data] == [3000, 2000]


def test_a_payment_is_cancelled_before_it_is_paid(payment):
    page_of(payment)
    payment.cancel()
    session = stripe.checkout.Session.retrieve(payment.transaction_id)

    assert (payment.status, session.status) == (PaymentStatus.CANCELLED, "expired")


def test_a_session_that_expires_rejects_the_payment(payment):
    page_of(payment)
    wish = json.dumps({"seconds": 25 * 3600}).encode()
    send("POST", f"{SANDBOX}/_sandbox/clock/advance", wish)

    wait_for(payment, PaymentStatus.REJECTED)


def test_yen_have_no_cents(payment):
    payment.currency, payment.total = "JPY", Decimal("5000")
    pay(page_of(payment), PAYS)
    wait_for(payment, PaymentStatus.CONFIRMED)

    assert payment.attrs.session["amount_total"] == 5000
