"""What the flows share: things sold and paid with the SDK that dj-stripe brings along."""

import json
import os
import time
import urllib.request

import pytest
import stripe

SANDBOX = os.environ["SANDBOX"]


@pytest.fixture(scope="session", autouse=True)
def _key():
    stripe.api_key = os.environ["STRIPE_API_KEY"]
    stripe.api_base = SANDBOX


@pytest.fixture
def drive():
    """Drive the sandbox itself."""

    def send(path, document, method="POST"):
        body = json.dumps(document).encode() if document else None
        request = urllib.request.Request(SANDBOX + path, body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    return send


@pytest.fixture
def wait_for():
    """Wait until something is true, and return it."""

    def wait(condition):
        deadline = time.monotonic() + 15
        while not (value := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)
        return value

    return wait


@pytest.fixture
def customer():
    return stripe.Customer.create(email="jenny@example.com", name="Jenny", metadata={"size": "M"})


@pytest.fixture
def payment(customer):
    return stripe.PaymentIntent.create(
        amount=5000,
        currency="usd",
        customer=customer.id,
        payment_method="pm_card_visa",
        confirm=True,
        return_url="http://shop.test/back",
        setup_future_usage="off_session",
        metadata={"order": "R-1"},
    )
