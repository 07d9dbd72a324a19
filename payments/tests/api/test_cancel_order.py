"""POST /payments/rental-orders/{id}/cancel_order/"""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import OrderEvent, Payment, Refund, RentalOrder, Reservation
from payments.tests.api.support import paid_order, refusal, rows
from payments.tests.factories import (
    api_client,
    make_gateway,
    period,
    place,
    place_with_checkout,
)
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _gateway() -> None:
    make_gateway()


def cancel(client: APIClient, order: RentalOrder, body: Any = None, key: str | None = None) -> Any:
    """One request, with an Idempotency-Key if given."""
    headers = {} if key is None else {"Idempotency-Key": key}
    url = f"/payments/rental-orders/{order.pk}/cancel_order/"
    return client.post(url, body or {}, format="json", headers=headers)


def test_the_answer_is_as_the_specification_shows_it() -> None:
    customer = make_user()
    order = place(customer, (make_product(), 1))
    answer = cancel(api_client(customer), order)
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "Order cancelled successfully"}


@pytest.mark.django_db(transaction=True)
def test_an_unpaid_order_frees_its_units_and_closes_its_checkout(sandbox: Sandbox) -> None:
    customer, product = make_user(), make_product(units=1)
    order, payment = place_with_checkout(customer, (product, 1))
    assert cancel(api_client(customer), order, {"reason": "Rain."}).status_code == 200
    order.refresh_from_db()
    assert (order.status, order.hold_expires_at) == ("CANCELLED", None)
    assert not Reservation.objects.filter(is_active=True).exists()
    place(make_user(), (product, 1))  # the unit is free at once
    run_jobs()
    assert sandbox.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"
    assert Payment.objects.get(pk=payment.pk).status == "CANCELLED"
    event = OrderEvent.objects.get(order=order, fact="order.cancelled")
    assert (event.actor, event.user, event.data) == ("customer", customer, {"reason": "Rain."})


@pytest.mark.django_db(transaction=True)
def test_a_paid_order_is_refunded(sandbox: Sandbox) -> None:
    customer = make_user()
    order, payment = paid_order(sandbox, customer, (make_product(), 1))
    assert cancel(api_client(customer), order).status_code == 200
    run_jobs()
    refund = Refund.objects.get()
    assert (refund.status, refund.amount_minor) == ("SUCCEEDED", payment.amount_minor)
    (theirs,) = sandbox.get("/v1/refunds", payment_intent=payment.intent_id)["data"]
    assert theirs["amount"] == payment.amount_minor


@pytest.mark.django_db(transaction=True)
def test_the_same_key_again_gives_the_same_success_and_one_refund(sandbox: Sandbox) -> None:
    customer = make_user()
    order, _ = paid_order(sandbox, customer, (make_product(), 1))
    client = api_client(customer)
    first, again = (cancel(client, order, key="a-key") for _ in "12")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.status_code == 200
    run_jobs()
    assert cancel(client, order, key="a-key").status_code == 200
    assert Refund.objects.count() == 1
    assert OrderEvent.objects.filter(fact="order.cancelled").count() == 1


def test_a_second_cancellation_without_the_key_is_refused() -> None:
    """D12."""
    customer = make_user()
    order = place(customer, (make_product(), 1))
    client = api_client(customer)
    assert cancel(client, order, key="a-key").status_code == 200
    before = rows()
    refusal(cancel(client, order), 409, "illegal_status")
    refusal(cancel(client, order, key="another-key"), 409, "illegal_status")
    assert rows() == before


def test_a_key_with_another_request_is_refused() -> None:
    """A02."""
    customer, product = make_user(), make_product()
    orders = [place(customer, (product, 1), when=period(n)) for n in (1, 2)]
    client = api_client(customer)
    assert cancel(client, orders[0], key="a-key").status_code == 200
    before = rows()
    refusal(cancel(client, orders[1], key="a-key"), 422, "idempotency_key_reused")
    refusal(cancel(client, orders[0], {"reason": "x"}, "a-key"), 422, "idempotency_key_reused")
    assert rows() == before


@pytest.mark.parametrize("status", ["PICKED_UP", "RETURNED", "COMPLETED", "EXPIRED", "NO_SHOW"])
def test_after_pickup_or_the_end_there_is_nothing_to_cancel(status: str) -> None:
    """D12."""
    customer = make_user()
    order = place(customer, (make_product(), 1))
    RentalOrder.objects.update(status=status)
    before = rows()
    refusal(cancel(api_client(customer), order), 409, "illegal_status")
    order.refresh_from_db()
    assert order.status == status
    assert rows() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "kept"), [(Role.CUSTOMER, 2975), (Role.STAFF, 0)])
def test_a_customer_gets_what_the_policy_says_and_the_shop_gives_all(
    sandbox: Sandbox, role: Role, kept: int
) -> None:
    """D5: here half of rent (50.00) and tax (9.50); the deposit always comes back whole."""
    customer = make_user()
    order, payment = paid_order(sandbox, customer, (make_product(), 1))
    RentalOrder.objects.update(cancellation_policy=[{"min_notice_hours": 48, "percent_back": 50}])
    client = api_client(customer if role == Role.CUSTOMER else make_user(role=role))
    assert cancel(client, order).status_code == 200
    assert Refund.objects.get().amount_minor == payment.amount_minor - kept


def test_an_order_of_somebody_else_is_not_found() -> None:
    """F01."""
    order = place(make_user(), (make_product(), 1))
    client = api_client(make_user())
    foreign = refusal(cancel(client, order), 404, "not_found")
    invented = refusal(cancel(client, RentalOrder(pk=uuid4())), 404, "not_found")
    assert {**foreign, "request_id": ""} == {**invented, "request_id": ""}
    order.refresh_from_db()
    assert order.status == "PENDING"


@pytest.mark.parametrize(
    "body",
    [{"status": "CONFIRMED"}, {"refund": "1000000"}, {"reason": 5}, {"reason": "x" * 201}],
    ids=str,
)
def test_fields_that_do_not_belong_there_are_refused(body: Any) -> None:
    """F02."""
    customer = make_user()
    order = place(customer, (make_product(), 1))
    before = rows()
    answer = refusal(cancel(api_client(customer), order, body), 400, "invalid")
    assert list(answer["errors"]) == list(body)
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert rows() == before


def test_without_login_nothing_is_cancelled() -> None:
    order = place(make_user(), (make_product(), 1))
    refusal(cancel(api_client(), order), 401, "not_authenticated")


@pytest.mark.django_db(transaction=True)
def test_stripe_being_down_does_not_stop_a_cancellation(sandbox: Sandbox) -> None:
    customer = make_user()
    order, _ = paid_order(sandbox, customer, (make_product(), 1))
    sandbox.fault(kind="refuse")
    assert cancel(api_client(customer), order).status_code == 200
    run_jobs()
    assert Refund.objects.get().status in ("PENDING", "PROCESSING")
