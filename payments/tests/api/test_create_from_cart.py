"""POST /payments/rental-orders/create_from_cart/"""

import pytest

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder, Reservation
from payments.tests.factories import api_client, cart_body, make_gateway, period
from payments.tests.sandbox import Sandbox

URL = "/payments/rental-orders/create_from_cart/"

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cart_becomes_a_pending_order_with_an_open_checkout(sandbox: Sandbox) -> None:
    make_gateway()
    product = make_product(units=3)  # 25.00 a day, deposit 50.00, 19 % tax
    answer = api_client(make_user()).post(URL, cart_body((product, 2)), format="json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["success"] is True
    assert body["message"] == "Rental order created successfully"
    order = RentalOrder.objects.get(pk=body["data"]["order_id"])
    assert order.status == "PENDING"
    assert body["data"]["order_number"] == order.order_number
    # Two units, two days: 100.00 rent, 19.00 tax, 100.00 deposit.
    assert body["data"]["total_amount"] == "219.00"
    assert body["data"]["session_id"].startswith("cs_test_")
    session = sandbox.get(f"/v1/checkout/sessions/{body['data']['session_id']}")
    assert session["amount_total"] == 21900
    assert body["data"]["checkout_url"] == session["url"]
    assert Reservation.objects.filter(order=order, is_active=True, quantity=2).count() == 1
    assert Payment.objects.get(order=order).amount_minor == 21900


def test_more_units_than_are_free_are_refused_and_nothing_is_written(sandbox: Sandbox) -> None:
    make_gateway()
    product = make_product(units=3)
    client = api_client(make_user())
    assert client.post(URL, cart_body((product, 2)), format="json").status_code == 201
    answer = client.post(URL, cart_body((product, 2), when=period(3)), format="json")
    assert answer.status_code == 409
    body = answer.json()
    assert body["code"] == "out_of_stock"
    assert body["errors"]["cart_items"] == [
        {"product_id": str(product.pk), "available_quantity": 1}
    ]
    assert RentalOrder.objects.count() == 1
