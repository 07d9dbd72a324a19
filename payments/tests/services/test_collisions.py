"""Orders that need the same units are named (D2.6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Product, SupplyChange
from catalog.tests.factories import make_product
from payments.models import RentalOrder, Reservation
from payments.services.collisions import in_the_way, shortages
from payments.services.needs import Need
from payments.tests.factories import START, make_gateway, make_user, period, place, place_paid

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def customer() -> User:
    make_gateway()
    return make_user()


@pytest.fixture
def tent() -> Product:
    return make_product(name="Tent", units=2)


def need(product: Product, quantity: int, days: float = 2, start: timedelta = 0 * DAY) -> Need:
    return Need(product.pk, quantity, period(days, START + start), product.units)


def test_what_fits_collides_with_nothing(customer: User, tent: Product) -> None:
    place(customer, (tent, 1))
    assert in_the_way(need(tent, 1)) == []


def test_what_does_not_fit_names_the_orders_in_the_way(customer: User, tent: Product) -> None:
    order = place(customer, (tent, 1))
    [found] = in_the_way(need(tent, 2))
    assert (found.order_number, found.product_name) == (order.order_number, "Tent")
    assert (found.quantity, found.short) == (1, 1)
    assert (found.starts_at, found.ends_at) == (period().start, period().end)


def test_only_orders_that_hold_units_while_it_is_short_are_named(
    customer: User, tent: Product
) -> None:
    """The first ends before the crowded days, and the second is in them."""
    place(customer, (tent, 1), when=period(1))
    second = place(customer, (tent, 2), when=period(1, START + 2 * DAY))
    found = in_the_way(need(tent, 1, days=4))
    assert [each.order_number for each in found] == [second.order_number]


def test_an_order_is_not_in_its_own_way(customer: User, tent: Product) -> None:
    order = place(customer, (tent, 2))
    assert in_the_way(need(tent, 2, days=3), besides=order.pk) == []


def out_since(order: RentalOrder, due: timedelta) -> None:
    """As if the order's units were out, and due so long from now."""
    at = timezone.now()
    Reservation.objects.filter(order=order).update(
        stage="OUT", starts_at=at - 5 * DAY, due_at=at + due, ends_at=at + due
    )


def test_overdue_units_are_in_the_way_for_a_day(customer: User, tent: Product) -> None:
    order = place_paid(customer, (tent, 2))
    out_since(order, -HOUR)
    soon = Need(tent.pk, 1, period(1, timezone.now() + 2 * HOUR), tent.units)
    [found] = in_the_way(soon)
    assert found.order_number == order.order_number
    later = Need(tent.pk, 1, period(1, timezone.now() + 25 * HOUR), tent.units)
    assert in_the_way(later) == []


def test_nothing_is_short_while_all_promises_can_be_kept(customer: User, tent: Product) -> None:
    place_paid(customer, (tent, 2))
    SupplyChange.objects.create(
        product=tent, quantity=-2, starts_at=START + 2 * DAY, reason="REPAIR"
    )
    assert shortages() == []


def test_a_unit_that_breaks_leaves_promises_that_are_shown(customer: User, tent: Product) -> None:
    """And none is un-confirmed."""
    order = place_paid(customer, (tent, 2))
    SupplyChange.objects.create(product=tent, quantity=-1, starts_at=START - DAY, reason="REPAIR")
    [found] = shortages()
    assert (found.order_number, found.short) == (order.order_number, 1)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


def test_what_does_not_come_back_in_time_leaves_promises_that_are_shown(
    customer: User, tent: Product
) -> None:
    late = place_paid(customer, (tent, 1), when=period(1, START + 9 * DAY))
    waiting = place_paid(customer, (tent, 2), when=period(1, timezone.now() + 3 * HOUR))
    out_since(late, -HOUR)
    [found] = shortages()
    assert (found.order_number, found.short) == (waiting.order_number, 1)
