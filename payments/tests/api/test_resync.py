"""POST /payments/rental-orders/{id}/resync/ and the same in the admin (rule R7, G05)."""

from typing import Any

import pytest

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderEvent, Payment, ReconciliationFinding, Refund, RentalOrder
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.admin_support import act, logged_in, make_one_of_each
from payments.tests.api.support import paid_order
from payments.tests.factories import START, api_client, make_gateway, place, place_with_checkout
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def resync(order: RentalOrder, body: dict[str, Any] | None = None) -> Any:
    client = api_client(make_user(role=Role.STAFF))
    return client.post(f"/payments/rental-orders/{order.pk}/resync/", body or {}, format="json")


def unheard(sandbox: Sandbox) -> tuple[RentalOrder, Payment]:
    """Paid at Stripe, and no webhook came."""
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    return order, payment


def test_an_order_is_settled_by_what_the_gateway_says_now(sandbox: Sandbox) -> None:
    order, _ = unheard(sandbox)
    answer = resync(order)
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "CONFIRMED"
    event = OrderEvent.objects.get(fact="order.resynced")
    assert event.user is not None
    assert event.user.role == Role.STAFF


def test_refunds_are_asked_about_too_even_of_a_payment_that_is_final(sandbox: Sandbox) -> None:
    make_gateway()
    order, payment = paid_order(sandbox, make_user(), (make_product(), 1))
    sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="1000")
    assert resync(order).json()["data"]["refunds"][0]["source"] == "EXTERNAL"


def test_a_refund_that_waits_is_sent(sandbox: Sandbox) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    assert resync(order).status_code == 200
    assert Refund.objects.get().status == "SUCCEEDED"


def test_a_checkout_whose_answer_was_lost_is_found(sandbox: Sandbox) -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    Payment.objects.update(lease_until=None)
    assert resync(order).status_code == 200
    assert Payment.objects.get().session_id


def test_a_gateway_that_is_away_is_said_so(sandbox: Sandbox) -> None:
    order, _ = unheard(sandbox)
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")
    answer = resync(order)
    assert answer.status_code == 503
    assert answer.json()["code"] == "gateway_unavailable"


def test_the_body_says_nothing(sandbox: Sandbox) -> None:
    order, _ = unheard(sandbox)
    assert resync(order, {"status": "CONFIRMED"}).status_code == 400
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_the_admin_has_a_button_for_it(sandbox: Sandbox) -> None:
    order, _ = unheard(sandbox)
    assert "Orders asked about: 1" in act(logged_in(Role.STAFF), "resync", order)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


def test_a_finding_is_resolved_with_a_note_and_not_without() -> None:
    finding = make_one_of_each()[ReconciliationFinding]
    staff = logged_in(Role.STAFF)
    assert "received 42.00 EUR" in act(staff, "resolve", finding)
    assert "This field is required" in act(staff, "resolve", finding, confirmed="yes", note=" ")
    finding.refresh_from_db()
    assert finding.resolved_at is None
    text = act(staff, "resolve", finding, confirmed="yes", note="The café's, same account.")
    assert "Findings resolved: 1" in text
    finding.refresh_from_db()
    assert finding.note == "The café's, same account."
    assert finding.resolved_by is not None
    assert "This was resolved already" in act(
        staff, "resolve", finding, confirmed="yes", note="Once more."
    )
