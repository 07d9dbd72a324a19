"""D3.3: what a coupon is for, how often it is used, and when it is given back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import PriceRule, QuantityDiscount
from catalog.tests.factories import make_category, make_product
from common.errors import InvalidInput
from payments.domain import facts
from payments.domain.errors import CouponNotUsable, CouponUsedBefore, CouponUsedUp
from payments.domain.facts import PaymentFact
from payments.domain.states import OrderStatus
from payments.models import Coupon, CouponRedemption, RentalOrder
from payments.services.coupons import check_unused
from payments.services.journal import SYSTEM
from payments.services.lifecycle import transition
from payments.services.orders import cancel_order
from payments.services.settlement import absorb
from payments.tests.factories import (
    START,
    make_coupon,
    make_gateway,
    make_user,
    place,
    place_paid,
)
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def gateway() -> None:
    make_gateway()


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com")


def used() -> int:
    return Coupon.objects.get(code="SUMMER").redeemed


def test_a_coupon_in_any_case_lowers_the_price_and_is_noted(alice: User) -> None:
    make_coupon()
    order = place(alice, (make_product(), 2), coupon=" summer ")
    [item] = order.items.all()
    assert (item.unit_minor, item.rent_minor, item.adjustment_minor) == (5000, 9000, -1000)
    assert item.explanation == "2 × 1 day, coupon SUMMER −10 %: 90.00 EUR for 2 units"
    assert order.tax_minor == 1710
    assert order.payments.get().amount_minor == order.due_minor == 9000 + 1710 + 10000
    redemption = order.coupon_redemption
    assert (redemption.amount_minor, redemption.is_active, used()) == (1000, True, 1)
    assert_books(at_rest=False)


def test_the_lines_at_stripe_are_ours_to_the_cent(alice: User) -> None:
    """D3.4: units at their list price, or all of a line as one where its price was changed."""
    tent, stove = make_product(name="Tent"), make_product(name="Stove")
    make_coupon().products.add(tent)
    order = place(alice, (tent, 3), (stove, 2), coupon="SUMMER")
    payment = order.payments.get()
    lines = [
        (
            line["price_data"]["product_data"]["name"],
            line["price_data"]["unit_amount"],
            line["quantity"],
        )
        for line in payment.request["line_items"]
    ]
    assert lines[:2] == [("3 × Tent", 13500, 1), ("Stove", 5000, 2)]
    assert sum(amount * quantity for _, amount, quantity in lines) == payment.amount_minor
    assert payment.request["line_items"][0]["price_data"]["product_data"]["description"] == (
        "2 × 1 day, coupon SUMMER −10 %: 135.00 EUR for 3 units"
    )


def test_everything_for_nothing_is_confirmed_at_once(alice: User) -> None:
    """A09"""
    make_coupon(percent=Decimal(100))
    order = place(alice, (make_product(deposit_minor=0), 1), coupon="SUMMER")
    assert (order.due_minor, order.status) == (0, "CONFIRMED")
    assert used() == 1


@pytest.mark.parametrize(
    ("values", "code", "says"),
    [
        ({}, "WINTER", "There is no such coupon."),
        ({}, "SUMMER'; --", "There is no such coupon."),
        ({"is_active": False}, "SUMMER", "There is no such coupon."),
        ({"amount_minor": 500, "currency": "USD"}, "SUMMER", "is for prices in USD"),
        (
            {"amount_minor": 500, "currency": "EUR", "min_order_minor": 5001},
            "SUMMER",
            "is for orders from 50.01 EUR of rent",
        ),
    ],
    ids=str,
)
def test_a_coupon_that_can_never_be_right_is_refused(
    alice: User, values: dict[str, Any], code: str, says: str
) -> None:
    make_coupon(**values)
    with pytest.raises(InvalidInput, match=says) as refusal:
        place(alice, (make_product(), 1), coupon=code)
    assert set(refusal.value.errors) == {"coupon_code"}
    assert not RentalOrder.objects.exists()


def test_the_smallest_order_is_that_of_all_lines_together(alice: User) -> None:
    make_coupon(min_order_minor=10_000, currency="EUR")
    order = place(alice, (make_product(), 1), (make_product(), 1), coupon="SUMMER")
    assert order.rent_minor == 9000


def test_what_was_taken_off_is_noted_without_other_discounts(alice: User) -> None:
    make_coupon()
    tent = make_product()
    QuantityDiscount.objects.create(product=tent, min_quantity=2, percent=10)
    order = place(alice, (tent, 2), coupon="SUMMER")
    assert (order.rent_minor, order.coupon_redemption.amount_minor) == (8100, 900)


def test_the_smallest_order_itself_is_large_enough(alice: User) -> None:
    make_coupon(amount_minor=500, currency="EUR", min_order_minor=5000)
    assert place(alice, (make_product(), 1), coupon="SUMMER").rent_minor == 4500


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"starts_at": timezone.now() + timedelta(days=1)}, "is not valid yet"),
        ({"ends_at": timezone.now()}, "has expired"),
    ],
    ids=["before", "after"],
)
def test_a_coupon_before_or_after_its_time_is_refused(
    alice: User, values: dict[str, Any], says: str
) -> None:
    make_coupon(**values)
    with pytest.raises(CouponNotUsable, match=says):
        place(alice, (make_product(), 1), coupon="SUMMER")


@pytest.mark.parametrize(
    ("minutes", "is_valid"), [(-1, False), (0, True), (59, True), (60, False), (61, False)]
)
def test_a_coupon_is_valid_from_its_start_until_before_its_end(
    minutes: int, is_valid: bool
) -> None:
    coupon = Coupon(starts_at=START, ends_at=START + timedelta(hours=1))
    assert coupon.is_valid_at(START + timedelta(minutes=minutes)) is is_valid


def test_a_coupon_for_a_category_alone_is_for_nothing_else(alice: User) -> None:
    boat, other = make_product(category=make_category()), make_product()
    make_coupon().categories.add(boat.category)
    order = place(alice, (boat, 1), (other, 1), coupon="SUMMER")
    assert [item.rent_minor for item in order.items.all()] == [4500, 5000]


def test_a_coupon_is_for_its_products_and_categories_alone(alice: User) -> None:
    tent, boat, other = make_product(), make_product(category=make_category()), make_product()
    coupon = make_coupon()
    coupon.products.add(tent)
    coupon.categories.add(boat.category)
    order = place(alice, (tent, 1), (boat, 1), (other, 1), coupon="SUMMER")
    assert [item.rent_minor for item in order.items.all()] == [4500, 4500, 5000]
    with pytest.raises(InvalidInput, match="not for these products"):
        place(alice, (other, 1), coupon="SUMMER")


def test_a_coupon_is_used_no_more_often_than_it_may_be(alice: User) -> None:
    make_coupon(max_redemptions=2)
    product = make_product()
    for _ in range(2):
        place(alice, (product, 1), coupon="SUMMER")
    with pytest.raises(CouponUsedUp):
        place(alice, (product, 1), coupon="SUMMER")
    assert RentalOrder.objects.count() == used() == 2  # the third left nothing


def test_a_coupon_for_each_customer_once(alice: User) -> None:
    make_coupon(once_per_customer=True)
    product = make_product()
    place(alice, (product, 1), coupon="SUMMER")
    place(make_user(), (product, 1), coupon="SUMMER")
    with pytest.raises(CouponUsedBefore):
        place(alice, (product, 1), coupon="SUMMER")


def test_the_same_request_again_is_the_same_order_though_the_coupon_is_used_up(
    alice: User,
) -> None:
    """R12"""
    make_coupon(max_redemptions=1)
    product = make_product()
    orders = [place(alice, (product, 1), coupon="SUMMER", key="key-1") for _ in range(2)]
    assert orders[0].pk == orders[1].pk
    assert used() == 1


def expire(order: RentalOrder) -> None:
    transition(order, OrderStatus.EXPIRED, actor=SYSTEM)


def cancel(order: RentalOrder) -> None:
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())


@pytest.mark.parametrize("end", [expire, cancel])
def test_an_order_that_ends_unpaid_gives_its_coupon_back(alice: User, end: Any) -> None:
    make_coupon(max_redemptions=1, once_per_customer=True)
    product = make_product()
    end(place(alice, (product, 1), coupon="SUMMER"))
    assert used() == 0
    check_unused(Coupon.objects.get(), alice)
    place(alice, (product, 1), coupon="SUMMER")


def test_an_order_that_was_paid_keeps_its_coupon_when_it_is_cancelled(alice: User) -> None:
    make_coupon(max_redemptions=1)
    cancel(place_paid(alice, (make_product(), 1), coupon="SUMMER"))
    assert used() == 1


def pay_late(order: RentalOrder) -> RentalOrder:
    payment = order.payments.get()
    fact = PaymentFact(
        facts.SUCCEEDED,
        intent_id="pi_late",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
    absorb(payment, [fact])
    order.refresh_from_db()
    return order


def test_late_money_takes_the_coupon_again(alice: User) -> None:
    """D6.5"""
    make_coupon(max_redemptions=1)
    order = place(alice, (make_product(), 1), coupon="SUMMER")
    expire(order)
    assert pay_late(order).status == "CONFIRMED"
    assert used() == 1
    assert CouponRedemption.objects.get().is_active


def test_late_money_goes_back_where_another_has_used_the_coupon_up(alice: User) -> None:
    """D6.5: the price that was paid is no longer to be had."""
    make_coupon(max_redemptions=1)
    product = make_product()
    order = place(alice, (product, 1), coupon="SUMMER")
    expire(order)
    place(make_user(), (product, 1), coupon="SUMMER")
    assert pay_late(order).status == "EXPIRED"
    assert order.refunds.get().amount_minor == order.due_minor
    assert not order.reservations.filter(is_active=True).exists()
    assert used() == 1


def test_a_plain_cart_takes_no_statement_more_where_there_are_rules_and_coupons(
    alice: User, django_assert_num_queries: Any
) -> None:
    plain, ruled = make_product(), make_product()
    place(alice, (plain, 1))
    make_coupon()
    PriceRule.objects.create(name="Always", percent=10, weekdays=list(range(1, 8)), product=ruled)
    QuantityDiscount.objects.create(product=ruled, min_quantity=2, percent=10)
    for product in (plain, ruled):
        # What it did before, what it costs, the gateway, and begin, write, commit.
        with django_assert_num_queries(6):
            order = place(alice, (product, 2))
    assert order.rent_minor == 9900
    assert_books(at_rest=False)
