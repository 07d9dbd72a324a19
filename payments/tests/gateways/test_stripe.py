"""The Stripe adapter against the sandbox: what it sends and what it raises."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from payments.domain import facts
from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable
from payments.domain.facts import PaymentFact
from payments.gateways.base import CheckoutLine, NotConfigured, RefundOrder, Sought
from payments.gateways.stripe import StripeGateway
from payments.tests.gateways.support import (
    CREDENTIALS,
    checkout,
    gateway,
    intent_of,
    opened,
    outcome,
)
from payments.tests.sandbox import Sandbox


def test_a_checkout_asks_for_our_lines_and_names_our_payment_everywhere(sandbox: Sandbox) -> None:
    wanted = checkout()
    request = gateway(sandbox).checkout_request(wanted)
    assert request == {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 2,
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 5000,
                    "product_data": {"name": "City bike"},
                },
            },
            {
                "quantity": 1,
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 1900,
                    "product_data": {"name": "Tax"},
                },
            },
        ],
        "client_reference_id": wanted.payment_id,
        "metadata": {"payment_id": wanted.payment_id},
        "payment_intent_data": {
            "metadata": {"payment_id": wanted.payment_id},
            "description": "Rental order RO202401010001",
        },
        "expires_at": int(wanted.expires_at.timestamp()),
        "success_url": wanted.success_url,
        "cancel_url": wanted.cancel_url,
    }
    assert json.loads(json.dumps(request)) == request  # it is frozen in the database as JSON


@pytest.mark.parametrize(
    ("currency", "unit"),
    [
        ("EUR", 5000),
        ("JPY", 5000),
        ("KRW", 5000),
        ("ISK", 500_000),
        ("UGX", 500_000),
        ("KWD", 5010),
    ],
)
def test_amounts_are_the_same_in_both_books_in_every_kind_of_currency(
    sandbox: Sandbox, currency: str, unit: int
) -> None:
    """A10."""
    lines = [CheckoutLine("Tent", unit, 3)]
    wanted, session = opened(sandbox, currency=currency, lines=lines)
    assert sandbox.get(f"/v1/checkout/sessions/{session.session_id}")["amount_total"] == 3 * unit
    sandbox.pay(session.session_id)
    adapter = gateway(sandbox)
    sought = Sought(wanted.payment_id, session.session_id, "")
    (paid,) = adapter.fetch_payment(sought)
    assert isinstance(paid, PaymentFact)
    assert (paid.outcome, paid.amount_minor, paid.currency) == (facts.SUCCEEDED, 3 * unit, currency)
    back = adapter.refund(RefundOrder("r", paid.intent_id, unit, currency), str(uuid4()))
    assert (back.amount_minor, back.currency) == (unit, currency)


def test_the_same_key_opens_one_session(sandbox: Sandbox) -> None:
    adapter = gateway(sandbox)
    request = adapter.checkout_request(checkout())
    first = adapter.open_checkout(request, "one-key")
    assert adapter.open_checkout(request, "one-key") == first
    assert first.url == sandbox.get(f"/v1/checkout/sessions/{first.session_id}")["url"]


def test_a_session_is_found_by_our_payment_among_those_opened_since(sandbox: Sandbox) -> None:
    """A07."""
    began = datetime.now(UTC)
    wanted, session = opened(sandbox)
    opened(sandbox)
    adapter = gateway(sandbox)
    assert adapter.find_checkout(wanted.payment_id, began) == session
    assert adapter.find_checkout(str(uuid4()), began) is None
    assert adapter.find_checkout(wanted.payment_id, began + timedelta(hours=1)) is None


def test_a_session_that_is_over_is_closed_again_without_complaint(sandbox: Sandbox) -> None:
    """D01: complete or expired already; the next fetch tells which."""
    adapter = gateway(sandbox)
    _, expired = opened(sandbox)
    _, paid = opened(sandbox)
    sandbox.pay(paid.session_id)
    for number, session in enumerate((expired, expired, paid)):
        adapter.expire_checkout(session.session_id, f"closing-{number}")
    assert [outcome(adapter, session) for session in (expired, paid)] == [
        facts.CANCELLED,
        facts.SUCCEEDED,
    ]


def open_one(adapter: StripeGateway) -> object:
    return adapter.open_checkout(adapter.checkout_request(checkout()), str(uuid4()))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", GatewayUnavailable),
        ("drop_reply", GatewayUnavailable),
        ("status_429", GatewayUnavailable),
        ("saved_500", GatewayBroke),
    ],
)
def test_silence_and_breakdown_leave_the_outcome_unknown(
    sandbox: Sandbox, kind: str, error: type[Exception]
) -> None:
    """D6.1: whether it acted is unknown, so it is never taken for a refusal."""
    sandbox.fault(kind=kind)
    with pytest.raises(GatewayUnavailable) as caught:
        open_one(gateway(sandbox))
    assert type(caught.value) is error


def test_a_twin_that_is_still_running_there_is_no_refusal(sandbox: Sandbox) -> None:
    """The SDK's own retry after a time-out meets its first attempt: 409."""
    sandbox.fault(kind="slow", method="POST", seconds=3, times=1)
    adapter = StripeGateway(CREDENTIALS, api_base=sandbox.address, timeout=0.5)
    with pytest.raises(GatewayUnavailable):
        open_one(adapter)


@pytest.mark.parametrize("key", ["sk_live_1", "pk_test_1"])
def test_a_key_that_a_person_has_to_mend_is_not_the_customers_refusal(
    sandbox: Sandbox, key: str
) -> None:
    with pytest.raises(GatewayUnavailable):
        open_one(gateway(sandbox, secret_key=key))


def test_without_a_key_the_gateway_is_not_configured(sandbox: Sandbox) -> None:
    adapter = gateway(sandbox, secret_key="")
    with pytest.raises(NotConfigured):
        open_one(adapter)
    with pytest.raises(NotConfigured):
        gateway(sandbox, webhook_secrets=()).read_webhook(b"{}", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": datetime.now(UTC) + timedelta(minutes=5)},
        {"lines": [CheckoutLine("Pin", 1)]},
        {"currency": "XXX"},
    ],
)
def test_what_stripe_will_not_do_is_a_refusal_that_quotes_nothing(
    sandbox: Sandbox, wrong: dict[str, Any]
) -> None:
    with pytest.raises(
        GatewayRefused, match=r"^The payment service refused the request \(\w+\)\.$"
    ):
        opened(sandbox, **wrong)


def test_a_key_used_for_another_request_is_a_refusal(sandbox: Sandbox) -> None:
    adapter = gateway(sandbox)
    adapter.open_checkout(adapter.checkout_request(checkout()), "k")
    with pytest.raises(GatewayRefused):
        adapter.open_checkout(adapter.checkout_request(checkout()), "k")


def test_more_than_was_paid_is_not_refunded(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id)
    order = RefundOrder("r", intent_of(sandbox, session), 11_901, "EUR")
    with pytest.raises(GatewayRefused):
        gateway(sandbox).refund(order, "k")


def test_credentials_do_not_show_themselves() -> None:
    """G01."""
    assert repr(CREDENTIALS) == "Credentials(livemode=False)"
