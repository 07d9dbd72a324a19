"""GET /payments/rental-orders/{id}/"""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.serializers import RentalOrderDetailSerializer
from payments.services.jobs import enqueue
from payments.tests.api.support import data, paid_order, refusal
from payments.tests.factories import api_client, make_gateway, place, place_with_checkout
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _gateway() -> None:
    make_gateway()


def url(order: RentalOrder) -> str:
    return f"/payments/rental-orders/{order.pk}/"


@pytest.mark.django_db(transaction=True)
def test_an_order_is_shown_with_all_that_belongs_to_it(sandbox: Sandbox) -> None:
    customer = make_user(name="Alice Doe")
    order, payment = paid_order(sandbox, customer, (make_product(name="Tent"), 2))
    client = api_client(customer)
    client.post(f"{url(order)}cancel_order/")
    run_jobs()
    shown = data(client.get(url(order)))
    (refund,) = shown["refunds"]
    expected = {
        "id": str(order.pk),
        "order_number": order.order_number,
        "customer_name": "Alice Doe",
        "status": "CANCELLED",
        "status_display": "Cancelled",
        "currency": "EUR",
        "rent_amount": "100.00",
        "tax_amount": "19.00",
        "deposit_amount": "100.00",
        "total_amount": "219.00",
        "hold_expires_at": None,
        "notes": "",
    }
    assert {name: shown[name] for name in expected} == expected
    (item,) = shown["items"]
    assert (item["product_name"], item["quantity"], item["rent_amount"]) == ("Tent", 2, "100.00")
    assert item["price_breakdown"] == [{"tier": "1 day", "times": 2, "amount": "25.00"}]
    (paid,) = shown["payments"]
    assert (paid["status"], paid["captured_amount"], paid["refunded_amount"]) == (
        "SUCCEEDED",
        "219.00",
        "219.00",
    )
    assert (refund["status"], refund["amount"], refund["payment_id"]) == (
        "SUCCEEDED",
        "219.00",
        str(payment.pk),
    )
    assert [line["fact"] for line in shown["timeline"]] == [
        "order.placed",
        "payment.succeeded",
        "order.confirmed",
        "order.cancelled",
        "refund.asked",
        "refund.succeeded",
    ]
    told = {row["kind"] for row in shown["notifications"]}
    assert told == {"order_confirmed", "order_cancelled", "refund_done"}


@pytest.mark.django_db(transaction=True)
def test_the_checkout_is_shown_only_while_it_can_be_paid(sandbox: Sandbox) -> None:
    customer = make_user()
    order, payment = place_with_checkout(customer, (make_product(), 1))
    client = api_client(customer)
    assert data(client.get(url(order)))["payments"][0]["checkout_url"] == payment.checkout_url
    sandbox.pay(payment.session_id)
    enqueue("pursue_payment", payment_id=str(payment.pk))
    run_jobs()
    assert data(client.get(url(order)))["payments"][0]["checkout_url"] == ""


def test_any_number_of_lines_takes_the_same_queries(django_assert_num_queries: Any) -> None:
    customer = make_user()
    client = api_client(customer)
    for count in (1, 10):
        order = place(customer, *((make_product(), 1) for _ in range(count)))
        # User; the order with its customer and deposit; items, payments, refunds, claims, events,
        # notifications, movements; and what is owed by the ledger.
        with django_assert_num_queries(10):
            data(client.get(url(order)))


@pytest.mark.django_db(transaction=True)
def test_the_snippet_of_the_specification_works(sandbox: Sandbox) -> None:
    user = make_user()
    paid_order(sandbox, user, (make_product(), 1))
    place(user, (make_product(), 1))
    place(make_user(), (make_product(), 1))

    user_orders = RentalOrder.objects.filter(customer=user)
    serializer = RentalOrderDetailSerializer(user_orders, many=True)
    orders_data = serializer.data
    assert [row["status"] for row in orders_data] == ["PENDING", "CONFIRMED"]

    order = RentalOrder.objects.get(id=orders_data[1]["id"])
    payments = order.payments.all()
    assert [str(payment.pk) for payment in payments] == [orders_data[1]["payments"][0]["id"]]


def test_staff_see_the_orders_of_all() -> None:
    order = place(make_user(), (make_product(), 1))
    for role in (Role.STAFF, Role.ADMIN):
        assert data(api_client(make_user(role=role)).get(url(order)))["id"] == str(order.pk)


def test_an_order_of_somebody_else_is_as_unknown_as_one_that_never_was() -> None:
    """F01, F06."""
    order = place(make_user(), (make_product(), 1))
    client = api_client(make_user())
    foreign = refusal(client.get(url(order)), 404, "not_found")
    invented = refusal(client.get(f"/payments/rental-orders/{uuid4()}/"), 404, "not_found")
    assert {**foreign, "request_id": ""} == {**invented, "request_id": ""}


@pytest.mark.parametrize(
    "name", ["1", "not-a-uuid", "%00", "RO202401150001", "x" * 2000, "%F0%9F%9A%B2", "..%2f"]
)
def test_a_malformed_id_is_not_found(name: str) -> None:
    refusal(api_client(make_user()).get(f"/payments/rental-orders/{name}/"), 404, "not_found")


def test_without_login_there_is_no_order() -> None:
    order = place(make_user(), (make_product(), 1))
    refusal(api_client().get(url(order)), 401, "not_authenticated")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
def test_an_order_is_never_written_over(method: str) -> None:
    """D12: no status by PATCH."""
    customer = make_user()
    order = place(customer, (make_product(), 1))
    answer = getattr(api_client(customer), method)(url(order), {"status": "CONFIRMED"})
    refusal(answer, 405, "method_not_allowed")
    order.refresh_from_db()
    assert order.status == "PENDING"
