"""The gate against overselling: the trigger on reservations (domain rules D2.1 to D2.7)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.domain.states import OrderStatus
from payments.models import ProductDay, Reservation
from payments.services.availability import availability, free_units
from payments.services.journal import SYSTEM
from payments.services.lifecycle import database_refusals, transition
from payments.services.needs import Need
from payments.tests.factories import START, make_gateway, make_user, period, place
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


def test_rentals_that_touch_do_not_meet() -> None:
    """C03: [a, b) and [b, c)."""
    make_gateway()
    product = make_product(units=1)
    place(make_user(), (product, 1), when=period(2))
    place(make_user(), (product, 1), when=period(2, START + timedelta(days=2)))
    place(make_user(), (product, 1), when=period(2, START - timedelta(days=2)))
    assert_books(at_rest=False)


@pytest.mark.parametrize("start", [MICROSECOND, timedelta(days=-2) + MICROSECOND])
def test_rentals_that_overlap_by_a_microsecond_are_refused(start: timedelta) -> None:
    """C03, on either side."""
    make_gateway()
    product = make_product(units=1)
    first = period(2)
    place(make_user(), (product, 1), when=first)
    start_of_next = first.end - MICROSECOND if start > timedelta(0) else first.start + start
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1), when=period(2, start_of_next))


def test_buffers_keep_rentals_apart_and_each_is_counted_once() -> None:
    """D2.2: the gap between two rentals is one turnaround and one preparation, not two of each."""
    make_gateway()
    product = make_product(units=1, prep_time=HOUR, turnaround_time=2 * HOUR)
    place(make_user(), (product, 1), when=period(1))
    end = period(1).end
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1), when=period(1, end + 3 * HOUR - MICROSECOND))
    place(make_user(), (product, 1), when=period(1, end + 3 * HOUR))


def test_the_peak_counts_and_not_the_sum_of_all_overlaps() -> None:
    """D2.5: two rentals one after the other leave the second unit free for all of their time."""
    make_gateway()
    product = make_product(units=2)
    place(make_user(), (product, 1), when=period(1))
    place(make_user(), (product, 1), when=period(1, START + timedelta(days=1)))
    place(make_user(), (product, 1), when=period(2))
    with pytest.raises(OutOfStock) as refusal:
        place(make_user(), (product, 1), when=period(2))
    free = {"product_id": str(product.pk), "available_quantity": 0, "collisions": []}
    assert refusal.value.errors == {"cart_items": [free]}


@pytest.mark.parametrize("days", [5, 10, 11, 19.5])
def test_a_long_rental_is_seen_on_each_of_its_days(days: float) -> None:
    """D2.4: rentals of more than ten days are looked for in an index of their own."""
    make_gateway()
    product, customer = make_product(units=1), make_user()
    order = place(customer, (product, 1), when=period(20))
    when = period(0.5, START + timedelta(days=days))
    with pytest.raises(OutOfStock):
        place(customer, (product, 1), when=when)
    need = Need(product.pk, 1, when, product.units)
    assert (free_units([need]), free_units([need], besides=order.pk)) == ([0], [1])
    transition(order, OrderStatus.CANCELLED, actor=SYSTEM)
    assert free_units([need]) == [1]


def test_equal_products_of_a_cart_are_merged_before_they_are_checked() -> None:
    """C04: two lines of two are four, and there are three."""
    make_gateway()
    product = make_product(units=3)
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 2), (product, 2))
    order = place(make_user(), (product, 1), (product, 2))
    assert order.items.get().quantity == 3
    assert order.reservations.get().quantity == 3


def test_a_refused_cart_leaves_nothing_of_its_other_products() -> None:
    make_gateway()
    free, short = make_product(units=9), make_product(units=1)
    with pytest.raises(OutOfStock):
        place(make_user(), (free, 2), (short, 2))
    assert not Reservation.objects.exists()
    assert not ProductDay.objects.exists()


def test_units_lowered_below_what_is_promised_refuse_new_orders_and_touch_no_old_one() -> None:
    """C08."""
    make_gateway()
    product = make_product(units=3)
    first = place(make_user(), (product, 2))
    Product.objects.filter(pk=product.pk).update(units=1)
    with pytest.raises(OutOfStock) as refusal:
        place(make_user(), (product, 1))
    assert refusal.value.errors["cart_items"][0]["available_quantity"] == 0
    first.refresh_from_db()
    with transaction.atomic():
        transition(first, OrderStatus.CONFIRMED, actor=SYSTEM)
    with transaction.atomic():
        transition(first, OrderStatus.CANCELLED, actor=SYSTEM)
    place(make_user(), (product, 1))
    assert_books(at_rest=False)


def test_a_product_without_units_cannot_be_ordered() -> None:
    make_gateway()
    with pytest.raises(OutOfStock):
        place(make_user(), (make_product(units=0), 1))


def test_what_was_freed_can_be_sold_again_and_not_be_taken_back() -> None:
    make_gateway()
    product = make_product(units=1)
    first = place(make_user(), (product, 1))
    with transaction.atomic():
        transition(first, OrderStatus.EXPIRED, actor=SYSTEM)
    place(make_user(), (product, 1))
    with pytest.raises(OutOfStock), transaction.atomic():
        transition(first, OrderStatus.CONFIRMED, actor=SYSTEM)
    first.refresh_from_db()
    assert first.state is OrderStatus.EXPIRED
    assert_books(at_rest=False)


def test_moving_a_reservation_within_its_day_is_checked_as_well() -> None:
    """No counter changes, and still the peak may: no path goes round the gate (D2.7)."""
    make_gateway()
    product = make_product(units=1)
    morning = place(make_user(), (product, 1), when=period(1 / 24)).reservations.get()
    evening = place(make_user(), (product, 1), when=period(1 / 24, START + 5 * HOUR))
    taken = evening.reservations.get()
    rows = Reservation.objects.filter(pk=morning.pk)
    with pytest.raises(OutOfStock), transaction.atomic(), database_refusals():
        rows.update(starts_at=taken.starts_at, ends_at=taken.ends_at)


@pytest.mark.parametrize("zone", ["UTC", "Africa/Cairo", "Pacific/Kiritimati"])
def test_the_days_of_the_counters_do_not_depend_on_the_session(zone: str) -> None:
    """In Cairo, days begin at one o'clock when the clocks change: a day must not be lost."""
    make_gateway()
    product = make_product(units=1)
    spring = START.replace(month=4, day=27, year=START.year + 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SET TIME ZONE '{zone}'")
        try:
            place(make_user(), (product, 1), when=period(20, spring - timedelta(days=10)))
        finally:
            cursor.execute("SET TIME ZONE 'UTC'")
    assert ProductDay.objects.filter(product=product, used=1).count() == 21
    assert_books(at_rest=False)


def test_the_calendar_shows_as_free_only_what_can_be_booked() -> None:
    product = make_product(units=3)
    make_gateway()
    place(make_user(), (product, 2), when=period(2))
    shown = availability(product, period(4))
    assert shown.available_quantity == 1
    assert [day.available_quantity for day in shown.calendar] == [1, 1, 1, 3, 3]
