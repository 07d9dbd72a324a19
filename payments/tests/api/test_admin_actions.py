"""What staff can do in the admin: each action calls a service."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import (
    OrderEvent,
    Payment,
    PaymentNotification,
    Refund,
    RentalOrder,
    WebhookEvent,
)
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.admin_support import act, changelist, logged_in, make_one_of_each
from payments.tests.api.support import paid_order, rows
from payments.tests.factories import START, make_gateway, place, place_paid, place_with_checkout
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import paid_otherwise

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def one_of_each() -> dict[type[Model], Any]:
    return make_one_of_each()


def test_cancelling_asks_first(staff: Client) -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    before = rows()
    text = act(staff, "cancel", order)
    assert "This cannot be undone" in text
    assert order.order_number in text
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_cancelling_in_the_admin_gives_everything_back(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, payment = paid_order(sandbox, make_user(), (make_product(), 1))
    RentalOrder.objects.update(cancellation_policy=[])  # which would give a customer nothing
    text = act(staff, "cancel", order, confirmed="yes")
    assert "Orders cancelled: 1" in text
    run_jobs()
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert Refund.objects.get().amount_minor == payment.amount_minor
    event = OrderEvent.objects.get(fact="order.cancelled")
    assert event.actor == "staff"
    assert event.user is not None
    assert event.user.role == Role.STAFF


def test_an_order_that_cannot_be_cancelled_does_not_stop_the_others(staff: Client) -> None:
    make_gateway()
    product = make_product()
    ended, open_order = (place(make_user(), (product, 1)) for _ in "12")
    cancel_order(order_id=ended.pk, actor=SYSTEM, now=START)
    text = act(staff, "cancel", ended, open_order, confirmed="yes")
    assert f"{ended.order_number}: The order is cancelled already." in text
    assert "Orders cancelled: 1" in text


def test_an_action_needs_the_csrf_token() -> None:
    """F10."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role=Role.ADMIN))
    values = {"action": "cancel", "_selected_action": [str(order.pk)], "confirmed": "yes"}
    assert client.post(changelist(RentalOrder), values).status_code == 403
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_a_flag_is_cleared_and_remembered(staff: Client) -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    RentalOrder.objects.update(attention="A refund failed.")
    assert (
        order.order_number
        in staff.get(changelist(RentalOrder), {"attention__isempty": "0"}).content.decode()
    )
    act(staff, "clear_attention", order)
    order.refresh_from_db()
    assert order.attention == ""
    assert OrderEvent.objects.get(fact="order.looked_at").data == {"why": "A refund failed."}


@pytest.mark.django_db(transaction=True)
def test_the_gateway_can_be_asked_at_once(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    assert "Payments asked about: 1" in act(staff, "ask_gateway", payment)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_was_put_aside_is_let_in_or_given_back(
    sandbox: Sandbox, staff: Client
) -> None:
    """Row A09."""
    payment = paid_otherwise(sandbox, 500)
    assert "too little ends the order" in act(staff, "release", payment)
    assert "Payments let in: 1" in act(staff, "release", payment, confirmed="yes")
    payment.order.refresh_from_db()
    assert payment.order.status == "CONFIRMED"
    text = act(staff, "give_back", payment, confirmed="yes", reason="Not what was asked for.")
    assert "does not wait for a person" in text


@pytest.mark.django_db(transaction=True)
def test_a_refund_can_be_sent_at_once(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    act(staff, "send_now", Refund.objects.get())
    assert Refund.objects.get().status == "SUCCEEDED"


def test_a_dead_event_gets_all_its_tries_again(
    staff: Client, one_of_each: dict[type[Model], Any]
) -> None:
    """B12."""
    event = one_of_each[WebhookEvent]
    assert "Only a dead event can be tried again" in act(staff, "retry", event)
    WebhookEvent.objects.update(status="DEAD", attempts=12, next_attempt_at=None)
    before = rows()["jobs"]
    assert "Events queued again: 1" in act(staff, "retry", event)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("RECEIVED", 0)
    assert rows()["jobs"] == before + 1


def test_a_failed_message_is_sent_again(
    staff: Client, one_of_each: dict[type[Model], Any], mailoutbox: list[Any]
) -> None:
    message = PaymentNotification.objects.get(kind="order_cancelled")
    assert "Only a message that failed can be sent again" in act(staff, "send_again", message)
    PaymentNotification.objects.update(status="FAILED", attempts=12, next_attempt_at=None)
    act(staff, "send_again", message)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("PENDING", 0)


def test_refunding_asks_how_much_and_why_first(staff: Client) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    before = rows()
    assert "Refund these orders?" in act(staff, "refund", order)
    assert "This field is required" in act(staff, "refund", order, confirmed="yes")
    assert rows() == before
    text = act(staff, "refund", order, confirmed="yes", amount="25.00", reason="Rain.")
    assert "Refunds asked for: 1" in text
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason, refund.source) == (2500, "Rain.", "STAFF")
    assert refund.asked_by is not None
    text = act(staff, "refund", order, confirmed="yes", amount="109.50", reason="Rain.")
    assert "84.50 EUR can still be refunded of this order." in text


def test_an_order_that_nobody_came_for_is_noted(staff: Client) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    assert "Nobody came for these orders?" in act(staff, "no_show", order)
    assert "The rental has not begun" in act(staff, "no_show", order, confirmed="yes")
    RentalOrder.objects.update(rental_start_date=order.created_at)
    act(staff, "no_show", order, confirmed="yes")
    order.refresh_from_db()
    assert order.status == "NO_SHOW"


def test_a_large_refund_is_decided_by_somebody_else(staff: Client, settings: Any) -> None:
    settings.REFUND_APPROVAL_MINOR = {"EUR": 0}
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    for _ in "12":
        act(staff, "refund", order, confirmed="yes", amount="5", reason="Rain.")
    first, second = Refund.objects.all()
    assert "Somebody else than who asked" in act(staff, "approve", first)
    colleague = logged_in(Role.STAFF)
    assert "Refunds approved: 1" in act(colleague, "approve", first)
    assert "Refunds rejected: 1" in act(colleague, "reject", second)
    assert [refund.status for refund in Refund.objects.all()] == ["PENDING", "CANCELLED"]


def test_a_failed_refund_is_closed_with_the_reference_of_what_was_paid(staff: Client) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    act(staff, "refund", order, confirmed="yes", amount="5", reason="Rain.")
    refund = Refund.objects.get()
    Refund.objects.update(status="FAILED")
    Payment.objects.update(refund_reserved_minor=0)
    assert "Close these refunds as paid by hand?" in act(staff, "pay_by_hand", refund)
    act(staff, "pay_by_hand", refund, confirmed="yes", reference="Transfer 17")
    refund.refresh_from_db()
    assert (refund.status, refund.reference) == ("PAID_BY_HAND", "Transfer 17")
