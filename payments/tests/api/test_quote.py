"""POST /payments/rental-orders/quote/"""

from datetime import timedelta
from typing import Any

import pytest

from accounts.tests.factories import make_user
from catalog.models import PriceRule, Product, QuantityDiscount
from catalog.tests.factories import make_product
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import (
    START,
    api_client,
    cart_body,
    make_coupon,
    make_gateway,
    period,
    place,
)
from payments.tests.sandbox import Sandbox

URL = "/payments/rental-orders/quote/"
CREATE = "/payments/rental-orders/create_from_cart/"

pytestmark = pytest.mark.django_db


def test_a_quote_explains_its_price_line_by_line() -> None:
    tent = make_product(name="Tent", units=3, tiers=[("DAY", 1, 2500), ("WEEK", 1, 10000)])
    stove = make_product(name="Stove", units=1, deposit_minor=0)
    cart = cart_body((tent, 2), (stove, 1), when=period(8))
    answer = api_client(make_user()).post(URL, cart, format="json")
    assert data(answer) == {
        "items": [
            {
                "product_id": str(tent.pk),
                "product_name": "Tent",
                "quantity": 2,
                "unit_amount": "125.00",
                "rent_amount": "250.00",
                "tax_rate": "0.1900",
                "tax_amount": "47.50",
                "deposit_amount": "100.00",
                "price_breakdown": [
                    {"tier": "1 week", "times": 1, "amount": "100.00"},
                    {"tier": "1 day", "times": 1, "amount": "25.00"},
                ],
                "price_steps": [],
                "price_explanation": "1 week + 1 day: 250.00 EUR for 2 units",
                "available_quantity": 3,
            },
            {
                "product_id": str(stove.pk),
                "product_name": "Stove",
                "quantity": 1,
                "unit_amount": "200.00",
                "rent_amount": "200.00",
                "tax_rate": "0.1900",
                "tax_amount": "38.00",
                "deposit_amount": "0.00",
                "price_breakdown": [{"tier": "1 day", "times": 8, "amount": "25.00"}],
                "price_steps": [],
                "price_explanation": "8 × 1 day: 200.00 EUR",
                "available_quantity": 1,
            },
        ],
        "rental_start_date": f"{period(8).start:%Y-%m-%dT%H:%M:%SZ}",
        "rental_end_date": f"{period(8).end:%Y-%m-%dT%H:%M:%SZ}",
        "currency": "EUR",
        "rent_amount": "450.00",
        "tax_amount": "85.50",
        "deposit_amount": "100.00",
        "deposit_strategy": "CHARGE",
        "total_amount": "635.50",
        "is_available": True,
    }


def test_a_fixed_price_is_the_most_that_a_rental_costs() -> None:
    """D3.1"""
    tent = make_product(tiers=[("DAY", 1, 2500), ("FIXED", 1, 9000)])
    answer = api_client(make_user()).post(URL, cart_body((tent, 2), when=period(8)), format="json")
    [line] = data(answer)["items"]
    assert line["price_explanation"] == "fixed price: 180.00 EUR for 2 units"
    assert line["price_breakdown"] == [{"tier": "fixed price", "times": 1, "amount": "90.00"}]


def test_a_quote_names_the_rules_and_discounts_that_made_its_price() -> None:
    """D3.3, D3.5"""
    tent = make_product(tiers=[("DAY", 1, 2500), ("WEEK", 1, 10000)])
    every_day = [1, 2, 3, 4, 5, 6, 7]
    PriceRule.objects.create(name="High season", percent=20, weekdays=every_day, product=tent)
    QuantityDiscount.objects.create(product=tent, min_quantity=2, percent=10)
    cart = cart_body((tent, 2), when=period(8))
    [line] = data(api_client(make_user()).post(URL, cart, format="json"))["items"]
    assert (line["unit_amount"], line["rent_amount"]) == ("125.00", "270.00")
    assert line["price_breakdown"][0] == {
        "tier": "1 week",
        "times": 1,
        "amount": "100.00",
        "factor": "1.2000",
    }
    assert line["price_steps"] == [
        {"step": "RULE", "name": "High season", "amount": "50.00"},
        {"step": "QUANTITY", "name": "10 % off from 2 units", "amount": "-30.00"},
    ]
    assert line["price_explanation"] == (
        "1 week + 1 day, High season +20 %, 10 % off from 2 units: 270.00 EUR for 2 units"
    )


def test_a_quote_takes_a_coupon_in_any_case() -> None:
    make_coupon()
    cart = cart_body((make_product(), 1), coupon_code="Summer")
    [line] = data(api_client(make_user()).post(URL, cart, format="json"))["items"]
    assert line["price_steps"] == [{"step": "COUPON", "name": "SUMMER", "amount": "-5.00"}]
    assert (line["rent_amount"], line["tax_amount"]) == ("45.00", "8.55")


def test_a_code_that_does_not_exist_is_named() -> None:
    cart = cart_body((make_product(), 1), coupon_code="WINTER")
    body = refusal(api_client(make_user()).post(URL, cart, format="json"), 400, "invalid")
    assert body["errors"] == {"coupon_code": ["There is no such coupon."]}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"max_redemptions": 0}, "has been used as often"),
        ({"ends_at": START - timedelta(days=365)}, "has expired"),
    ],
    ids=str,
)
def test_a_coupon_that_cannot_be_used_now_is_a_conflict(values: dict[str, Any], says: str) -> None:
    make_coupon(**values)
    cart = cart_body((make_product(), 1), coupon_code="SUMMER")
    answer = api_client(make_user()).post(URL, cart, format="json")
    assert says in refusal(answer, 409, "coupon_not_usable")["message"]


def test_a_coupon_for_each_customer_once_is_refused_before_ordering() -> None:
    make_gateway()
    make_coupon(once_per_customer=True)
    alice, product = make_user(), make_product()
    place(alice, (product, 1), coupon="SUMMER")
    cart = cart_body((product, 1), coupon_code="SUMMER")
    refusal(api_client(alice).post(URL, cart, format="json"), 409, "coupon_not_usable")
    data(api_client(make_user()).post(URL, cart, format="json"))


@pytest.mark.django_db(transaction=True)
def test_a_quote_is_what_the_order_will_ask_for(sandbox: Sandbox) -> None:
    make_gateway()
    make_coupon()
    lines = (make_product(), 2), (make_product(), 1)
    client, cart = api_client(make_user()), cart_body(*lines, coupon_code="SUMMER")
    quoted = data(client.post(URL, cart, format="json"))
    placed = data(client.post(CREATE, cart, format="json"), 201)
    assert quoted["total_amount"] == placed["total_amount"]
    assert quoted["currency"] == placed["currency"]
    order = data(client.get(f"/payments/rental-orders/{placed['order_id']}/"))
    assert order["coupon_code"] == "SUMMER"
    for asked, shown in zip(quoted["items"], order["items"], strict=True):
        for name in ("rent_amount", "price_breakdown", "price_steps", "price_explanation"):
            assert shown[name] == asked[name]


def test_a_quote_writes_nothing() -> None:
    client, cart = api_client(make_user()), cart_body((make_product(), 1))
    before = rows()
    data(client.post(URL, cart, format="json"))
    assert rows() == before


def test_units_that_others_hold_are_not_available() -> None:
    make_gateway()
    product = make_product(units=3)
    place(make_user(), (product, 2))
    client = api_client(make_user())
    quoted = data(client.post(URL, cart_body((product, 2)), format="json"))
    assert quoted["items"][0]["available_quantity"] == 1
    assert quoted["is_available"] is False
    quoted = data(client.post(URL, cart_body((product, 1)), format="json"))
    assert quoted["is_available"] is True


def test_equal_products_are_one_line() -> None:
    """C04."""
    product = make_product(units=3)
    cart = cart_body((product, 2), (product, 2))
    quoted = data(api_client(make_user()).post(URL, cart, format="json"))
    assert [line["quantity"] for line in quoted["items"]] == [4]
    assert quoted["is_available"] is False


def test_a_product_that_is_not_for_rent_is_named() -> None:
    gone = make_product(is_active=False)
    cart = cart_body((make_product(), 1), (gone, 1))
    answer = api_client(make_user()).post(URL, cart, format="json")
    body = refusal(answer, 400, "invalid")
    assert body["errors"] == {"cart_items": {"1": {"product_id": ["No such product is for rent."]}}}
    assert body["message"] == "cart_items[1].product_id: No such product is for rent."


@pytest.mark.parametrize(
    ("days", "bounds"),
    [(0.5, {"min_duration": period(1).duration}), (3, {"max_duration": period(2).duration})],
)
def test_a_product_has_a_shortest_and_a_longest_rental(days: float, bounds: dict[str, Any]) -> None:
    """D2.10."""
    product = make_product(**bounds)
    answer = api_client(make_user()).post(
        URL, cart_body((product, 1), when=period(days)), format="json"
    )
    body = refusal(answer, 400, "invalid")
    assert list(body["errors"]) == ["rental_end_date"]


def test_more_than_a_gateway_takes_at_once_is_refused() -> None:
    """A11: 99,999,999 minor units pass, one more does not."""
    product = make_product(units=2, deposit_minor=0, tax_rate=0, tiers=[("DAY", 1, 99_999_999)])
    client = api_client(make_user())
    cart = cart_body((product, 1), when=period(1))
    assert data(client.post(URL, cart, format="json"))["total_amount"] == "999999.99"
    Product.objects.update(deposit_minor=1)
    refusal(client.post(URL, cart, format="json"), 400, "amount_too_large")


def test_a_large_cart_takes_as_many_queries_as_a_small_one(
    django_assert_num_queries: Any,
) -> None:
    client = api_client(make_user())
    products = [make_product() for _ in range(20)]
    for count in (1, 20):
        cart = cart_body(*((product, 1) for product in products[:count]))
        with django_assert_num_queries(3):  # user, prices, units
            data(client.post(URL, cart, format="json"))


def test_without_login_there_is_no_quote() -> None:
    answer = api_client().post(URL, cart_body((make_product(), 1)), format="json")
    refusal(answer, 401, "not_authenticated")
