"""POST /payments/rental-orders/{id}/hold_deposit/ (D4)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.services.holds import deposit_status
from payments.tests.api.support import data, refusal
from payments.tests.factories import api_client, make_gateway, make_user, place, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.hold_support import (
    ASKS_ITS_OWNER,
    begins_in,
    card_goes_bad,
    held,
    held_later,
    newest_hold,
    pay_page,
    states,
)
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)


def refused(sandbox: Sandbox) -> RentalOrder:
    """An order whose customer's bank wants to ask its owner, who is not there."""
    order, hold = held(sandbox, ASKS_ITS_OWNER)
    assert hold.status == "FAILED"
    return order


def hold(order: RentalOrder, user: User | None = None, body: dict[str, Any] | None = None) -> Any:
    client = api_client(user or order.customer)
    return client.post(
        f"/payments/rental-orders/{order.pk}/hold_deposit/", body or {}, format="json"
    )


def test_the_customer_has_it_held_with_his_bank_asking_him(sandbox: Sandbox) -> None:
    order = refused(sandbox)
    page = data(hold(order))
    assert (page["amount"], page["currency"]) == ("50.00", "EUR")
    session = sandbox.get(f"/v1/checkout/sessions/{page['session_id']}")
    assert (session["amount_total"], session["customer"]) == (
        5000,
        order.payments.earliest("created_at").customer_ref,
    )
    pay_page(sandbox, page["session_id"], ASKS_ITS_OWNER)
    assert deposit_status(again(order)) == "HELD"
    assert newest_hold(order).status == "AUTHORIZED"
    assert states(sandbox) == ["requires_payment_method", "requires_capture"]
    assert order.payments.earliest("created_at").amount_minor == 5950
    assert_books(sandbox)


def test_another_card_is_kept_for_the_next_hold(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    card_goes_bad(sandbox, order)
    begins_in(order, 1)
    quiet()
    assert deposit_status(again(order)) == "ACTION_REQUIRED"
    pay_page(sandbox, data(hold(order))["session_id"])
    page = newest_hold(order)
    intent = sandbox.get(f"/v1/payment_intents/{page.intent_id}")
    assert page.method_ref == intent["payment_method"]
    assert page.method_ref != order.payments.earliest("created_at").method_ref


def test_while_the_page_is_open_it_is_the_same(sandbox: Sandbox) -> None:
    order = refused(sandbox)
    first, second = data(hold(order)), data(hold(order))
    assert first == second
    assert order.payments.count() == 3


def test_a_page_that_has_expired_is_followed_by_a_new_one(sandbox: Sandbox) -> None:
    order = refused(sandbox)
    first = data(hold(order))
    order.payments.filter(session_id=first["session_id"]).update(
        payable_until=order.created_at - timedelta(hours=1)
    )
    second = data(hold(order))
    assert second["session_id"] != first["session_id"]
    assert sandbox.get(f"/v1/checkout/sessions/{first['session_id']}")["status"] == "expired"
    pay_page(sandbox, second["session_id"])
    assert deposit_status(order) == "HELD"
    assert_books(sandbox)


def test_a_page_that_could_not_be_opened_in_time_makes_room(sandbox: Sandbox) -> None:
    """Stripe was away."""
    order = refused(sandbox)
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions")
    refusal(hold(order), 503, "gateway_unavailable")
    sandbox.heal()
    order.payments.filter(session_id="", payable_until__isnull=False).update(
        payable_until=order.created_at - timedelta(hours=1)
    )
    quiet()
    assert newest_hold(order).status == "CANCELLED"
    assert data(hold(order))["checkout_url"]


def test_stripe_away_and_the_retry_continues_with_the_same_page(sandbox: Sandbox) -> None:
    """A05: what was opened although no answer came is not opened again."""
    order = refused(sandbox)
    sandbox.fault(kind="drop_reply", method="POST", path="/v1/checkout/sessions")
    refusal(hold(order), 503, "gateway_unavailable")
    sandbox.heal()
    page = data(hold(order))
    assert order.payments.filter(kind="DEPOSIT").count() == 2
    holding = [
        row["id"]
        for row in sandbox.get("/v1/checkout/sessions", limit="100")["data"]
        if row["amount_total"] == 5000
    ]
    assert holding == [page["session_id"]]


def test_the_success_page_says_that_it_is_held(sandbox: Sandbox) -> None:
    order = refused(sandbox)
    page = data(hold(order))
    waiting = Client().get("/payments/success/", {"session_id": page["session_id"]})
    assert (waiting.status_code, waiting.json()["code"]) == (202, "payment_pending")
    pay_page(sandbox, page["session_id"])
    answer = Client().get("/payments/success/", {"session_id": page["session_id"]})
    assert answer.json()["message"] == "The deposit is held on your card. Thank you."


def test_the_success_page_alone_finds_out_that_it_is_held(sandbox: Sandbox) -> None:
    """B13: no webhook."""
    order = refused(sandbox)
    page = data(hold(order))
    sandbox.pay(page["session_id"])
    Client().get("/payments/success/", {"session_id": page["session_id"]})
    assert newest_hold(order).status == "AUTHORIZED"
    assert newest_hold(order).capture_before is not None


def test_where_nothing_has_to_be_done_it_is_refused(sandbox: Sandbox) -> None:
    make_gateway()
    charged = place_paid(make_user(), (make_product(), 1))
    refusal(hold(charged), 409, "no_deposit_to_hold")
    planned = place_paid(make_user(), (make_product(deposit_strategy="HOLD"), 1))
    refusal(hold(planned), 409, "no_deposit_to_hold")


def test_where_it_is_held_already_it_is_refused(sandbox: Sandbox) -> None:
    order, _ = held(sandbox)
    refusal(hold(order), 409, "no_deposit_to_hold")


def test_a_field_that_is_not_there_is_an_error(sandbox: Sandbox) -> None:
    order = refused(sandbox)
    refusal(hold(order, body={"amount": "1.00"}), 400, "invalid")


def test_a_rental_that_costs_nothing_has_its_deposit_held_by_its_customer(
    sandbox: Sandbox,
) -> None:
    """A09: it was never paid, so no card is known."""
    make_gateway()
    product = make_product(deposit_strategy="HOLD", currency="ISK", tiers=[("DAY", 1, 1)])
    order = place(make_user(), (product, 1))
    assert (again(order).status, order.due_minor) == ("CONFIRMED", 0)
    begins_in(order, 1)
    quiet()
    assert deposit_status(order) == "ACTION_REQUIRED"
    pay_page(sandbox, data(hold(order))["session_id"])
    assert deposit_status(order) == "HELD"
    assert_books(sandbox)
