"""Refunds that somebody made at the payment service itself (B02, D05)."""

from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.models import Refund, WebhookEvent
from payments.services import webhooks
from payments.services.staff_refunds import Wanted, refund_order
from payments.tests.factories import make_gateway, make_user, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import (
    REFUND_FAILS_LATER,
    again,
    cancel,
    confirmed,
    second_session,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_refunds_made_in_the_dashboard_are_written_down_and_cancel_nothing(
    sandbox: Sandbox,
) -> None:
    """Row D05: three partial ones, then ours of the rest."""
    order, payment = confirmed(sandbox)
    for amount in ("1000", "2000", "3000"):
        sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount=amount)
    deliver_all(Client(), sandbox.events())
    work()
    assert again(order).status == "CONFIRMED"
    external = Refund.objects.filter(source="EXTERNAL", status="SUCCEEDED")
    assert sorted(external.values_list("amount_minor", flat=True)) == [1000, 2000, 3000]
    assert again(payment).refunded_minor == 6000
    assert cancel(order).amount_minor == payment.captured_minor - 6000
    quiet()
    assert_books(sandbox)


def test_the_database_writes_down_a_refund_of_the_gateway_once(sandbox: Sandbox) -> None:
    """I17: whoever tries, and whichever news of it come at the same time."""
    _, payment = confirmed(sandbox)
    made = sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    deliver_all(Client(), sandbox.events())
    work()
    twin = Refund.objects.get(gateway_refund_id=made["id"])
    twin.pk = uuid4()
    with pytest.raises(IntegrityError, match="refund_gateway_id_once"):
        twin.save(force_insert=True)


def test_a_refund_that_waits_for_approval_gives_way_to_one_that_was_made(
    sandbox: Sandbox, settings: LazySettings
) -> None:
    """D05, P1: else the money that has gone back would be in no book of ours until then."""
    settings.REFUND_APPROVAL_MINOR = {"EUR": 100}
    order, payment = confirmed(sandbox)
    staff = make_user(role=Role.STAFF)
    (waiting,) = refund_order(order_id=order.pk, wanted=Wanted(), staff=staff)
    assert waiting.status == "UNAPPROVED"
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    deliver_all(Client(), sandbox.events())
    work()
    assert again(waiting).status == "CANCELLED"
    external = Refund.objects.get(source="EXTERNAL")
    assert (external.status, external.amount_minor) == ("SUCCEEDED", 1000)
    assert order.events.filter(fact="refund.rejected").count() == 1
    assert again(payment).refundable_minor == payment.captured_minor - 1000
    quiet()
    assert_books(sandbox)


def test_a_dashboard_refund_made_while_ours_was_waiting_is_not_lost(sandbox: Sandbox) -> None:
    """Row D05: Stripe refuses ours, since there is nothing left; the other one is what counts."""
    order, payment = confirmed(sandbox)
    refund = cancel(order)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id)
    deliver_all(Client(), sandbox.events())
    for event in WebhookEvent.objects.filter(status="RECEIVED"):
        webhooks.apply_event(event.pk)  # while ours still takes all the room
    quiet()
    assert again(refund).status == "FAILED"
    external = Refund.objects.get(source="EXTERNAL")
    assert (external.status, external.amount_minor) == ("SUCCEEDED", payment.captured_minor)
    assert again(payment).refunded_minor == payment.captured_minor
    assert_books(sandbox)


@pytest.mark.parametrize("heard_before", [False, True])
def test_a_duplicate_payment_that_somebody_refunds_in_the_dashboard_leaves_the_good_one_alone(
    sandbox: Sandbox, heard_before: bool
) -> None:
    """Row D05: in parts, before or after we have heard that there are two."""
    order, good = confirmed(sandbox)
    duplicate = second_session(order, "BALANCE")
    sandbox.pay(duplicate.session_id)
    if heard_before:  # and have asked for our own refund of it
        deliver_all(Client(), sandbox.events())
        for event in WebhookEvent.objects.filter(status="RECEIVED"):
            webhooks.apply_event(event.pk)
        assert Refund.objects.get().source == "OVERPAID"
    intent = sandbox.get(f"/v1/checkout/sessions/{duplicate.session_id}")["payment_intent"]
    for amount in (3000, 4000, good.captured_minor - 7000):
        sandbox.post("/v1/refunds", payment_intent=intent, amount=str(amount))
    deliver_all(Client(), sandbox.events() if heard_before else reversed(sandbox.events()))
    quiet()
    assert again(order).status == "CONFIRMED"
    assert (again(good).refunded_minor, good.refundable_minor) == (0, good.captured_minor)
    assert again(duplicate).refunded_minor == duplicate.captured_minor == good.captured_minor
    external = Refund.objects.filter(source="EXTERNAL", status="SUCCEEDED")
    assert sum(external.values_list("amount_minor", flat=True)) == good.captured_minor
    assert_books(sandbox)


def test_a_refund_of_a_dashboard_that_fails_is_shown_to_a_person(sandbox: Sandbox) -> None:
    order, payment = confirmed(sandbox, REFUND_FAILS_LATER)
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    sandbox.advance(60)
    deliver_all(Client(), reversed(sandbox.events()))
    quiet()
    external = Refund.objects.get()
    assert (external.source, external.status) == ("EXTERNAL", "FAILED")
    assert again(order).status == "CONFIRMED"
    assert again(payment).refund_reserved_minor == 0
    assert_books(sandbox)


def test_a_dashboard_refund_of_a_payment_we_have_not_heard_of_is_not_lost(
    sandbox: Sandbox,
) -> None:
    """B02: its news comes first, and alone."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    intent = sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["payment_intent"]
    sandbox.post("/v1/refunds", payment_intent=intent, amount="1000")
    told = [event for event in sandbox.events() if event["type"] == "refund.created"]
    deliver_all(Client(), told)
    work()
    assert again(order).status == "CONFIRMED"
    assert Refund.objects.get().source == "EXTERNAL"
    assert_books(sandbox)
