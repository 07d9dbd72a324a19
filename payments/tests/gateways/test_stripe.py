"""The Stripe adapter against the sandbox: what it sends, what it understands, what it raises."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe

from payments.domain import facts
from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable
from payments.domain.facts import PaymentFact, RefundFact
from payments.domain.states import RefundStatus
from payments.gateways.base import (
    Checkout,
    CheckoutLine,
    Credentials,
    InvalidSignature,
    NotConfigured,
    OpenedCheckout,
    RefundOrder,
    Sought,
)
from payments.gateways.stripe import StripeGateway, normalize, session_facts
from payments.tests.sandbox import DECLINED, Sandbox, signed

CREDENTIALS = Credentials("pk_test_1", "sk_test_1", ("whsec_new", "whsec_old"), livemode=False)
REFUND_PENDS = "4000000000007726"

# Nothing here needs the database.


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


# --- What is sent ---------------------------------------------------------------------------------


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
    for session in (expired, expired, paid):
        adapter.expire_checkout(session.session_id)
    assert [outcome(adapter, session) for session in (expired, paid)] == [
        facts.CANCELLED,
        facts.SUCCEEDED,
    ]


def outcome(adapter: StripeGateway, session: OpenedCheckout) -> str:
    fact = adapter.fetch_payment(Sought("", session.session_id, ""))[0]
    assert isinstance(fact, PaymentFact)
    return fact.outcome


# --- What is raised -------------------------------------------------------------------------------


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


# --- What is understood ---------------------------------------------------------------------------


def events(sandbox: Sandbox, event_type: str) -> list[dict[str, Any]]:
    return [event for event in sandbox.events() if event["type"] == event_type]


def told(sandbox: Sandbox, event_type: str) -> Any:
    """The one fact of the newest event of that type."""
    normal = normalize(events(sandbox, event_type)[-1])
    assert normal.look_up == ""
    (fact,) = normal.facts
    return fact


def test_a_paid_session_and_its_intent_tell_the_same_fact(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    expected = PaymentFact(
        outcome=facts.SUCCEEDED,
        payment_id=wanted.payment_id,
        session_id=session.session_id,
        intent_id=intent,
        amount_minor=11_900,
        currency="EUR",
        ref=f"{intent}:succeeded",
    )
    assert told(sandbox, "checkout.session.completed") == expected
    assert told(sandbox, "payment_intent.succeeded") == replace(expected, session_id="")
    asked = gateway(sandbox).fetch_payment(Sought("", session.session_id, ""))
    assert asked == [expected]


def test_a_decline_names_its_attempt_and_its_reason(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.pay(session.session_id, DECLINED)
    sandbox.pay(session.session_id, "4000000000009995")
    first, second = (
        normalize(event).facts[0] for event in events(sandbox, "payment_intent.payment_failed")
    )
    assert isinstance(first, PaymentFact)
    assert isinstance(second, PaymentFact)
    assert first.outcome == second.outcome == facts.DECLINED
    assert (first.error_code, second.error_code) == ("generic_decline", "insufficient_funds")
    assert first.ref != second.ref
    assert first.payment_id == wanted.payment_id
    assert outcome(gateway(sandbox), session) == facts.OPEN


def test_an_expired_session_can_never_be_paid(sandbox: Sandbox) -> None:
    wanted, session = opened(sandbox)
    sandbox.advance(2 * 3600)
    fact = told(sandbox, "checkout.session.expired")
    assert (fact.outcome, fact.payment_id) == (facts.CANCELLED, wanted.payment_id)
    assert outcome(gateway(sandbox), session) == facts.CANCELLED


def test_an_intent_that_was_cancelled_with_its_session_says_so(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id, DECLINED)
    gateway(sandbox).expire_checkout(session.session_id)
    assert told(sandbox, "payment_intent.canceled").outcome == facts.CANCELLED


def test_a_refund_says_how_far_it_is_and_whose_it_was(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id, REFUND_PENDS)
    intent = intent_of(sandbox, session)
    adapter = gateway(sandbox)
    answer = adapter.refund(RefundOrder("our-refund", intent, 900, "EUR"), "k")
    expected = RefundFact(
        status=RefundStatus.PROCESSING,
        gateway_refund_id=answer.gateway_refund_id,
        intent_id=intent,
        amount_minor=900,
        currency="EUR",
        refund_id="our-refund",
    )
    assert answer == told(sandbox, "refund.created") == expected
    sandbox.advance(60)
    done = replace(expected, status=RefundStatus.SUCCEEDED)
    assert told(sandbox, "refund.updated") == done
    assert adapter.fetch_refunds(intent) == [done]
    paid = adapter.fetch_payment(Sought("", "", intent))
    assert [type(fact) for fact in paid] == [PaymentFact, RefundFact]


def test_more_refunds_than_fit_a_page_are_all_fetched(sandbox: Sandbox) -> None:
    _, session = opened(sandbox, lines=[CheckoutLine("Boat", 100_000)])
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    for _ in range(103):
        sandbox.post("/v1/refunds", payment_intent=intent, amount="1")
    assert len(gateway(sandbox).fetch_refunds(intent)) == 103


def test_a_refunded_charge_makes_us_look_for_its_refunds(sandbox: Sandbox) -> None:
    _, session = opened(sandbox)
    sandbox.pay(session.session_id)
    intent = intent_of(sandbox, session)
    sandbox.post("/v1/refunds", payment_intent=intent, amount="900")
    normal = normalize(events(sandbox, "charge.refunded")[-1])
    assert (normal.facts, normal.look_up) == ((), intent)


@pytest.mark.parametrize(
    ("status", "payment_status", "intent_status", "expected"),
    [
        ("open", "unpaid", None, facts.OPEN),
        ("complete", "paid", "succeeded", facts.SUCCEEDED),
        ("complete", "unpaid", "processing", facts.PROCESSING),
        ("complete", "unpaid", "requires_payment_method", facts.FAILED),  # the bank said no
        ("complete", "unpaid", "canceled", facts.CANCELLED),
        ("expired", "unpaid", None, facts.CANCELLED),
        ("something_new", "unpaid", None, facts.OPEN),
    ],
)
def test_what_a_session_says_depends_on_whether_it_is_paid(
    status: str, payment_status: str, intent_status: str | None, expected: str
) -> None:
    """B10, D6.3."""
    session = {
        "id": "cs_1",
        "status": status,
        "payment_status": payment_status,
        "payment_intent": {"id": "pi_1", "status": intent_status} if intent_status else None,
        "amount_total": 100,
        "currency": "eur",
    }
    (fact,) = session_facts(session)
    assert isinstance(fact, PaymentFact)
    assert fact.outcome == expected


@pytest.mark.parametrize("event_type", ["customer.created", "charge.succeeded", "x"])
def test_other_events_say_nothing(sandbox: Sandbox, event_type: str) -> None:
    """B09."""
    normal = normalize(event_of(event_type, {"id": "ch_1", "payment_intent": "pi_1"}))
    assert (normal.facts, normal.look_up) == ((), "")


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


@pytest.mark.parametrize(
    ("event_type", "payload", "look_up"),
    [
        ("checkout.session.completed", {"id": "cs_1"}, "cs_1"),
        ("payment_intent.succeeded", {"id": "pi_1"}, "pi_1"),
        ("refund.updated", {"id": "re_1", "payment_intent": "pi_1"}, "pi_1"),
    ],
)
def test_an_event_of_another_version_names_what_to_fetch_and_tells_nothing(
    event_type: str, payload: dict[str, Any], look_up: str
) -> None:
    """B09: missing and renamed fields must not be read as zeros."""
    normal = normalize(event_of(event_type, payload, api_version="2020-08-27"))
    assert (normal.facts, normal.look_up) == ((), look_up)


# --- What is believed -----------------------------------------------------------------------------

BODY = json.dumps(event_of("customer.created", {"id": "cus_1"})).encode()


def read(sandbox: Sandbox, header: str, body: bytes = BODY) -> str:
    return gateway(sandbox).read_webhook(body, {"Stripe-Signature": header}).event_id


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_while_a_secret_is_rolled_both_are_believed(sandbox: Sandbox, secret: str) -> None:
    """B08."""
    assert read(sandbox, signed(BODY, secret)) == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        lambda: "",
        lambda: signed(BODY, "whsec_other"),
        lambda: signed(BODY + b" ", "whsec_new"),
        lambda: signed(BODY, "whsec_new").replace("v1=", "v0="),
        lambda: signed(BODY, "whsec_new", int(time.time()) - 301),
        lambda: signed(BODY, "whsec_new", int(time.time()) + 400),
        lambda: f"t={int(time.time())}," + signed(BODY, "whsec_new", int(time.time()) - 4000),
        lambda: f"t={int(time.time())},v1=café",
        lambda: "t=,v1=",
        lambda: "v1",
    ],
)
def test_what_stripe_did_not_sign_now_is_not_believed(
    sandbox: Sandbox, header: Callable[[], str]
) -> None:
    """B05, B06: on both sides of now, and without an error of ours."""
    with pytest.raises(InvalidSignature):
        read(sandbox, header())


@pytest.mark.parametrize(
    "body", [b"[1, 2]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"data": {"object": 1}}']
)
def test_a_signed_body_that_is_no_event_is_refused(sandbox: Sandbox, body: bytes) -> None:
    """B05: signed is not the same as sane."""
    header = "" if body == b"\xff" else signed(body, "whsec_new")
    with pytest.raises(InvalidSignature):
        read(sandbox, header, body)
