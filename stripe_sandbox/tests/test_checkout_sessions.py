"""stripe.md, "Checkout Sessions"."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from .support import DECLINED, PAYS, Running, item, wish


def test_a_new_session_is_open_and_has_no_payment_intent(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish())
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert session.ui_mode == "hosted_page"
    assert session.customer_creation == "if_required"
    assert session.livemode is False
    assert session.expires_at == session.created + 24 * 3600


def test_totals_are_the_sum_of_the_line_items(client: stripe.StripeClient) -> None:
    items = [item("Bike", 1999, 3), item("Deposit", 10000, 1)]
    session = client.v1.checkout.sessions.create(wish(line_items=items))
    assert session.amount_total == session.amount_subtotal == 3 * 1999 + 10000
    listed = client.v1.checkout.sessions.line_items.list(session.id).data
    assert [one.description for one in listed] == ["Bike", "Deposit"]
    assert [one.amount_total for one in listed] == [5997, 10000]
    assert [one.quantity for one in listed] == [3, 1]


def test_line_items_come_with_the_session_when_expanded(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish(expand=["line_items"]))
    assert session.line_items is not None
    assert session.line_items.data[0].price is not None
    assert session.line_items.data[0].price.unit_amount == 2500


def test_line_items_are_paged_in_their_own_order(client: stripe.StripeClient) -> None:
    items = [item(f"Item {number}", 100, 1) for number in range(12)]
    session = client.v1.checkout.sessions.create(wish(line_items=items))
    names = [
        one.description
        for one in client.v1.checkout.sessions.line_items.list(
            session.id, {"limit": 5}
        ).auto_paging_iter()
    ]
    assert names == [f"Item {number}" for number in range(12)]


def test_a_paid_session_is_complete_and_knows_its_intent(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    paid = sandbox.pay(session.id)
    assert paid.json()["outcome"] == "paid"
    assert paid.json()["redirect_to"] == f"http://shop.test/success?session_id={session.id}"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert isinstance(done.payment_intent, stripe.PaymentIntent)
    assert done.payment_intent.amount_received == 5000
    assert sandbox.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_declined_card_leaves_the_session_open(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    declined = sandbox.pay(session.id, DECLINED)
    assert declined.status == 402
    assert declined.json()["decline_code"] == "generic_decline"
    again = client.v1.checkout.sessions.retrieve(session.id)
    assert (again.status, again.payment_status, again.url) == ("open", "unpaid", session.url)
    assert sandbox.event_types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_another_card_pays_the_same_intent_after_a_decline(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id, DECLINED)
    assert sandbox.pay(session.id, PAYS).json()["outcome"] == "paid"
    intents = client.v1.payment_intents.list().data
    assert [(one.status, one.last_payment_error) for one in intents] == [("succeeded", None)]
    charges = client.v1.charges.list({"payment_intent": intents[0].id}).data
    assert [one.status for one in charges] == ["succeeded", "failed"]


def test_a_session_cannot_be_paid_twice(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id)
    assert sandbox.pay(session.id).status == 400
    assert len(client.v1.charges.list().data) == 1


def test_only_intent_data_reaches_the_intent(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(
        wish(
            metadata={"of": "session"},
            client_reference_id="R-1",
            payment_intent_data={"metadata": {"of": "intent"}, "description": "Order R-1"},
        )
    )
    sandbox.pay(session.id)
    intent = client.v1.payment_intents.list().data[0]
    assert intent.metadata.to_dict() == {"of": "intent"}
    assert intent.description == "Order R-1"
    charge = client.v1.charges.list().data[0]
    assert charge.metadata.to_dict() == {"of": "intent"}


def test_an_open_session_can_be_expired_once(sandbox: Running, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(wish())
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert sandbox.event_types() == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match=r'status in \["open"\] can be expired'):
        client.v1.checkout.sessions.expire(session.id)
    assert sandbox.pay(session.id).status == 400


def test_a_complete_session_cannot_be_expired(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match='status of "complete"'):
        client.v1.checkout.sessions.expire(session.id)


def test_the_intent_of_an_open_session_ends_with_the_session_only(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id, DECLINED)
    intent = client.v1.payment_intents.list().data[0]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        client.v1.payment_intents.cancel(intent.id)
    client.v1.checkout.sessions.expire(session.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "canceled"


@pytest.mark.parametrize("ahead", [30 * 60 + 5, 24 * 3600])
def test_expires_at_may_be_half_an_hour_to_a_day_ahead(
    client: stripe.StripeClient, ahead: int
) -> None:
    at = int(time.time()) + ahead
    assert client.v1.checkout.sessions.create(wish(expires_at=at)).expires_at == at


@pytest.mark.parametrize("ahead", [-60, 29 * 60, 24 * 3600 + 60])
def test_expires_at_outside_of_that_is_refused(client: stripe.StripeClient, ahead: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(wish(expires_at=int(time.time()) + ahead))
    assert refusal.value.param == "expires_at"


def test_expires_at_is_measured_on_the_sandbox_clock(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    sandbox.advance(7 * 24 * 3600)
    at = sandbox.now() + 3600
    assert client.v1.checkout.sessions.create(wish(expires_at=at)).expires_at == at
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(wish(expires_at=int(time.time()) + 3600))


def test_sessions_are_listed_newest_first_and_by_status(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    ids = [client.v1.checkout.sessions.create(wish()).id for _ in range(3)]
    sandbox.pay(ids[1])
    assert [one.id for one in client.v1.checkout.sessions.list().data] == ids[::-1]
    done = client.v1.checkout.sessions.list({"status": "complete"}).data
    assert [one.id for one in done] == [ids[1]]
    of_intent = client.v1.checkout.sessions.list({"payment_intent": str(done[0].payment_intent)})
    assert [one.id for one in of_intent.data] == [ids[1]]


def test_a_session_over_nothing_is_completed_without_a_payment(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish(line_items=[item(unit_amount=0)]))
    assert session.payment_status == "no_payment_required"
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status, done.payment_intent) == (
        "complete",
        "no_payment_required",
        None,
    )


def test_saving_the_card_makes_a_customer_who_can_be_charged_later(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    data = {"setup_future_usage": "off_session"}
    session = client.v1.checkout.sessions.create(
        wish(payment_intent_data=data, customer_email="alice@example.com")
    )
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert isinstance(done.customer, stripe.Customer)
    assert done.customer.email == "alice@example.com"
    methods = client.v1.customers.payment_methods.list(done.customer.id).data
    intent = client.v1.payment_intents.create(
        {
            "amount": 700,
            "currency": "eur",
            "customer": done.customer.id,
            "payment_method": methods[0].id,
            "off_session": True,
            "confirm": True,
        }
    )
    assert intent.status == "succeeded"


def test_a_hold_leaves_a_complete_session_unpaid_until_captured(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(
        wish(payment_intent_data={"capture_method": "manual"})
    )
    sandbox.pay(session.id)
    held = client.v1.checkout.sessions.retrieve(session.id)
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    client.v1.payment_intents.capture(str(held.payment_intent))
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported",
         "payment_method_types"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"line_items": [item(tint="red")]}, "parameter_unknown",
         "line_items[0][price_data][tint]"),
        ({"line_items": [item(quantity="two")]}, "parameter_invalid_integer",  # type: ignore[arg-type]
         "line_items[0][quantity]"),
        ({"line_items": [item(unit_amount=10, quantity=1)]}, "amount_too_small", None),
        ({"line_items": [item(unit_amount=99_999_999, quantity=2)]}, "amount_too_large", None),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"customer_email": "a@b.test", "customer": "cus_none"}, "resource_missing", "customer"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
        ({"mode": "donation"}, None, "mode"),
        ({"discounts": [{"coupon": "x"}]}, None, "discounts"),
    ],
)  # fmt: skip
def test_what_stripe_would_not_take_is_refused(
    client: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str | None
) -> None:
    params = {k: v for k, v in {**wish(), **change}.items() if v is not None}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert client.v1.checkout.sessions.list().data == []


def test_line_items_in_two_currencies_are_refused(client: stripe.StripeClient) -> None:
    items = [item(), item(currency="usd")]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        client.v1.checkout.sessions.create(wish(line_items=items))


def test_older_versions_still_take_payment_method_types(sandbox: Running) -> None:
    form = (
        "mode=payment&success_url=http://shop.test/&payment_method_types[]=card"
        "&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd"
        "&line_items[0][price_data][unit_amount]=500"
        "&line_items[0][price_data][product_data][name]=Tent"
    )
    path = "/v1/checkout/sessions"
    assert sandbox.api("POST", path, form, Stripe_Version="2026-07-29.dahlia").status == 200
    assert sandbox.api("POST", path, form).status == 400
