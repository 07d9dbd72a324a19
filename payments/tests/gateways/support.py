"""The Stripe adapter before the sandbox. Nothing here needs the database."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import stripe

from payments.domain.facts import PaymentFact
from payments.gateways.base import Checkout, CheckoutLine, Credentials, OpenedCheckout, Sought
from payments.gateways.stripe import StripeGateway
from payments.tests.sandbox import Sandbox

CREDENTIALS = Credentials("pk_test_1", "sk_test_1", ("whsec_new", "whsec_old"), livemode=False)


def gateway(sandbox: Sandbox, **overrides: Any) -> StripeGateway:
    credentials = replace(CREDENTIALS, **overrides)
    return StripeGateway(credentials, api_base=sandbox.address, timeout=5)


def checkout(**overrides: Any) -> Checkout:
    values: dict[str, Any] = {
        "payment_id": str(uuid4()),
        "order_number": "RO202401010001",
        "currency": "EUR",
        "lines": [CheckoutLine("City bike", 5000, 2), CheckoutLine("Tax", 1900)],
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "success_url": "https://shop.example/payments/success/?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/payments/cancel/?order_id=1",
    }
    return Checkout(**values | overrides)


def opened(sandbox: Sandbox, **overrides: Any) -> tuple[Checkout, OpenedCheckout]:
    wanted = checkout(**overrides)
    adapter = gateway(sandbox)
    return wanted, adapter.open_checkout(adapter.checkout_request(wanted), str(uuid4()))


def intent_of(sandbox: Sandbox, session: OpenedCheckout) -> str:
    return str(sandbox.get(f"/v1/checkout/sessions/{session.session_id}")["payment_intent"])


def outcome(adapter: StripeGateway, session: OpenedCheckout) -> str:
    fact = adapter.fetch_payment(Sought("", session.session_id, ""))[0]
    assert isinstance(fact, PaymentFact)
    return fact.outcome


def event_of(event_type: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "type": event_type,
        "api_version": stripe.api_version,
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": payload},
        **more,
    }
