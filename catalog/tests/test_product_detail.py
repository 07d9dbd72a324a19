import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.models import PriceRule, Product, QuantityDiscount
from catalog.tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db


def url(product_id: object) -> str:
    return f"/catalog/products/{product_id}/"


def test_a_product_tells_everything_a_customer_needs(client: Client) -> None:
    category = make_category(name="Camping", slug="camping")
    product = make_product(
        name="Tent",
        slug="tent",
        description="Dry.",
        category=category,
        units=3,
        deposit_minor=5000,
        tax_rate=Decimal("0.19"),
        prep_time=timedelta(minutes=30),
        turnaround_time=timedelta(hours=4),
        min_duration=timedelta(days=1),
        max_duration=timedelta(days=42),
        lead_time=timedelta(minutes=90),
        tiers=[("WEEK", 1, 10950), ("DAY", 1, 2500)],
    )
    QuantityDiscount.objects.create(product=product, min_quantity=5, percent=10)
    PriceRule.objects.create(
        name="Weekend",
        percent=Decimal("12.5"),
        first_on="2027-06-01",
        last_on="2027-08-31",
        every_year=True,
        weekdays=[6, 7],
        category=category,
    )
    answer = client.get(url(product.id))
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "Product retrieved successfully",
        "data": {
            "id": str(product.id),
            "name": "Tent",
            "slug": "tent",
            "description": "Dry.",
            "category": {"id": str(category.id), "name": "Camping", "slug": "camping"},
            "image": None,
            "units": 3,
            "currency": "EUR",
            "deposit_amount": "50.00",
            "deposit_strategy": "CHARGE",
            "tax_rate": "0.1900",
            "prep_minutes": 30,
            "turnaround_minutes": 240,
            "min_minutes": 1440,
            "max_minutes": 60480,
            "lead_minutes": 90,
            "price_tiers": [
                {"unit": "DAY", "length": 1, "amount": "25.00"},
                {"unit": "WEEK", "length": 1, "amount": "109.50"},
            ],
            "parts": [],
            "price_rules": [
                {
                    "name": "Weekend",
                    "percent": "12.50",
                    "first_on": "2027-06-01",
                    "last_on": "2027-08-31",
                    "every_year": True,
                    "weekdays": [6, 7],
                }
            ],
            "quantity_discounts": [{"min_quantity": 5, "percent": "10.00"}],
        },
    }


@pytest.mark.parametrize(
    ("currency", "deposit", "price"), [("JPY", "5000", "2500"), ("KWD", "5.000", "2.500")]
)
def test_amounts_have_the_digits_of_their_currency(
    client: Client, currency: str, deposit: str, price: str
) -> None:
    product = make_product(currency=currency)
    data = client.get(url(product.id)).json()["data"]
    assert data["currency"] == currency
    assert data["deposit_amount"] == deposit
    assert data["price_tiers"][0]["amount"] == price


def test_a_picture_is_an_absolute_address(client: Client) -> None:
    product = make_product(image="products/0f.webp")
    data = client.get(url(product.id)).json()["data"]
    assert data["image"] == "http://testserver/media/products/0f.webp"


def test_an_unknown_and_an_inactive_product_give_the_same_answer(client: Client) -> None:
    inactive = make_product(is_active=False)
    answers = [client.get(url(each)) for each in (inactive.id, uuid.uuid4())]
    bodies = [answer.json() | {"request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "not_found"


@pytest.mark.parametrize("bad", ["1", "not-a-uuid", "%00", "ffffffff-ffff-ffff-ffff-fffffffffffg"])
def test_what_is_not_an_id_is_not_found(client: Client, bad: str) -> None:
    answer = client.get(url(bad))
    assert answer.status_code == 404
    assert answer.json()["success"] is False


def test_without_a_lead_time_of_its_own_a_product_has_the_shop_s(
    client: Client, settings: Settings
) -> None:
    settings.LEAD_TIME = timedelta(days=1)
    product, at_once = make_product(), make_product(lead_time=timedelta(0))
    assert client.get(url(product.id)).json()["data"]["lead_minutes"] == 1440
    assert client.get(url(at_once.id)).json()["data"]["lead_minutes"] == 0


def test_a_product_takes_four_queries(client: Client, django_assert_num_queries: Any) -> None:
    product = make_product(tiers=[("DAY", 1, 100), ("DAY", 2, 150), ("DAY", 3, 200)])
    with django_assert_num_queries(4):
        client.get(url(product.id))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_product_cannot_be_written(client: Client, method: str) -> None:
    product = make_product(units=5)
    answer = getattr(client, method)(url(product.id), {"units": 1}, content_type="application/json")
    assert answer.status_code == 405
    assert Product.objects.get().units == 5
