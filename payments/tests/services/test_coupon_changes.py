"""A change of an order keeps the coupon that was agreed (D3.3, D3.5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.models import RentalOrder
from payments.services.change_plans import Wanted
from payments.services.changes import change_order
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.tests.factories import make_coupon, make_gateway, make_user, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(transactional_db: None) -> Actor:
    make_gateway()
    return Actor.of(make_user(role=Role.STAFF))


def change(order: RentalOrder, wanted: Wanted, staff: Actor) -> list[Any]:
    """The rents of the lines after it."""
    change_order(order_id=order.pk, wanted=wanted, actor=staff, now=timezone.now(), pays_later=True)
    assert_books(at_rest=False)
    return list(order.items.order_by("position").values_list("rent_minor", flat=True))


def a_day_more(order: RentalOrder) -> Wanted:
    return Wanted(ChangeKind.EXTEND, end=order.rental_end_date + timedelta(days=1))


def test_a_longer_rental_has_the_percentage_off(staff: Actor) -> None:
    coupon = make_coupon()
    order = place_paid(make_user(), (make_product(), 1), coupon="SUMMER")
    coupon.is_active, coupon.ends_at = False, timezone.now()  # what was agreed is kept
    coupon.save()
    assert change(order, a_day_more(order), staff) == [6750]


def test_an_amount_is_taken_off_once_however_much_is_changed(staff: Actor) -> None:
    make_coupon(amount_minor=1000, currency="EUR", min_order_minor=9000)
    tent, stove = make_product(), make_product()
    order = place_paid(make_user(), (tent, 1), (stove, 1), coupon="SUMMER")
    fewer_of_one = Wanted(ChangeKind.CHANGE, lines=[CartLine(tent.pk, 1), CartLine(stove.pk, 2)])
    assert change(order, fewer_of_one, staff) == [4500, 9500]
    assert change(order, a_day_more(order), staff) == [7500 - 333, 15000 - 667]


def test_a_rental_that_becomes_smaller_than_the_smallest_order_keeps_it(staff: Actor) -> None:
    make_coupon(min_order_minor=5000, currency="EUR")
    order = place_paid(make_user(), (make_product(), 1), coupon="SUMMER")
    end = order.rental_end_date - timedelta(days=1)
    assert change(order, Wanted(ChangeKind.SHORTEN, end=end), staff) == [2250]


def test_a_product_that_the_coupon_is_not_for_is_added_at_its_price(staff: Actor) -> None:
    tent, stove = make_product(), make_product()
    make_coupon().products.add(tent)
    order = place_paid(make_user(), (tent, 1), coupon="SUMMER")
    both = Wanted(ChangeKind.CHANGE, lines=[CartLine(tent.pk, 1), CartLine(stove.pk, 1)])
    assert change(order, both, staff) == [4500, 5000]
