"""D3.3: a coupon that many want to use at once is used as often as it may be."""

from collections import Counter
from functools import partial

import pytest

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.errors import CouponUsedBefore, CouponUsedUp
from payments.models import Coupon, RentalOrder
from payments.tests.factories import make_coupon, make_gateway, make_user, place
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import in_processes
from payments.tests.races.unguarded import meeting, replaced

pytestmark = pytest.mark.django_db(transaction=True)

# Looks and then counts, without a lock in between.
UNGUARDED = f"""
CREATE OR REPLACE FUNCTION payments_count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM payments_couponredemption AS other
        JOIN payments_coupon AS coupon ON coupon.id = other.coupon_id
        WHERE other.coupon_id = NEW.coupon_id AND other.is_active
        HAVING count(*) > min(coupon.max_redemptions)) THEN
        RAISE EXCEPTION 'the coupon is used up' USING ERRCODE = 'RW003';
    END IF;
    {meeting(4)}
    RETURN NULL;
END
$$
"""


def use_it(products: list[Product], customers: list[User], n: int) -> str:
    """What the n-th hears."""
    try:
        place(customers[n], (products[n], 1), coupon="SUMMER", key=f"key-{n}")
    except (CouponUsedUp, CouponUsedBefore) as error:
        return type(error).__name__
    return "used"


def rush(customers: list[User]) -> Counter[str]:
    """Twenty orders from five processes, each of another product: they meet at the coupon alone."""
    make_gateway()
    products = [make_product() for _ in customers]
    return Counter(in_processes(5, 4, partial(use_it, products, customers)))


def test_a_coupon_for_three_orders_wanted_by_twenty_at_once_is_used_three_times() -> None:
    make_coupon(max_redemptions=3)
    assert rush([make_user() for _ in range(20)]) == {"used": 3, "CouponUsedUp": 17}
    assert RentalOrder.objects.count() == Coupon.objects.get().redeemed == 3
    assert_books(at_rest=False)


def test_a_customer_who_asks_twenty_times_at_once_uses_it_once() -> None:
    make_coupon(once_per_customer=True)
    assert rush([make_user()] * 20) == {"used": 1, "CouponUsedBefore": 19}
    assert RentalOrder.objects.count() == 1


def test_the_same_race_uses_it_too_often_where_nothing_is_locked() -> None:
    """The twin of the tests above: it shows that they would notice."""
    make_coupon(max_redemptions=3)
    with replaced("payments_count_redemption", UNGUARDED):
        assert rush([make_user() for _ in range(20)])["used"] > 3
