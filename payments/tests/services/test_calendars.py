"""What calendars show as free can be booked, and exactly counted no more than that (D2.5, D2.8).

Against the gate itself, in random shops: reserved, out, overdue and returned units, buffers, dated
changes of supply, and kits.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from catalog.models import KitPart, Product
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.domain.opening import Opening
from payments.domain.period import Period, whole_day
from payments.models import RentalOrderItem, Reservation
from payments.services import demand
from payments.services.calendars import day_calendars, hour_calendar
from payments.services.lifecycle import database_refusals
from payments.services.needs import needs_of, parts_of
from payments.tests.factories import START, make_gateway, make_user, period, place
from payments.tests.services.test_availability_model import Shop

pytestmark = pytest.mark.django_db

ALWAYS = Opening((), (), ZoneInfo("Australia/Lord_Howe"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def item() -> RentalOrderItem:
    """Somebody's line, which all reservations belong to: the gate does not ask whose they are."""
    make_gateway()
    order = place(make_user(), (make_product(units=9), 1), when=period(1, START + 99 * DAY))
    return order.items.get()


def products_of(dice: random.Random, item: RentalOrderItem) -> list[Product]:
    """Two products with a random past, present and future, and a kit of both."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        shop = Shop(dice, item, cursor.fetchone()[0])
    kit = make_product(units=0)
    for shelf, quantity in shop.kit:
        KitPart.objects.create(kit=kit, part=shelf.product, quantity=quantity)
    for request in shop.requests():
        shop.serve(request)
    return [*(shelf.product for shelf in shop.shelves), kit]


def fits(item: RentalOrderItem, product: Product, quantity: int, when: Period) -> bool:
    """Whether the gate lets so many of a product through; nothing is kept."""
    rows = [
        Reservation(
            order=item.order,
            item=item,
            product_id=need.product_id,
            quantity=need.quantity,
            starts_at=need.occupied.start,
            ends_at=need.occupied.end,
        )
        for need in needs_of(product, parts_of(product), quantity, when)
    ]
    try:
        with transaction.atomic(), database_refusals():
            Reservation.objects.bulk_create(rows)
            transaction.set_rollback(True)
    except OutOfStock:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_exact", [True, False])
def test_of_a_day_as_many_can_be_booked_as_it_shows(
    seed: int, is_exact: bool, item: RentalOrderItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_exact:
        monkeypatch.setattr(demand, "EXACT", -1)
    products = products_of(random.Random(seed), item)
    days = Period(datetime.now(UTC) - DAY, datetime.now(UTC) + 4 * DAY)
    for product, calendar in zip(products, day_calendars(products, days, ALWAYS), strict=True):
        for day in calendar:
            whole, free = whole_day(day.date, ALWAYS.zone), day.available_quantity
            assert free == 0 or fits(item, product, free, whole)
            assert not (is_exact and fits(item, product, free + 1, whole))


@pytest.mark.parametrize("seed", range(4))
def test_of_an_hour_exactly_as_many_can_be_booked_as_it_shows(
    seed: int, item: RentalOrderItem
) -> None:
    now = datetime.now(UTC)
    for product in products_of(random.Random(seed), item):
        for hour in hour_calendar(product, Period(now, now + 30 * HOUR), ALWAYS):
            when = Period(hour.start, hour.start + HOUR)
            free = hour.available_quantity
            assert free == 0 or fits(item, product, free, when)
            assert not fits(item, product, free + 1, when)


def test_over_several_days_the_least_that_they_show_can_be_booked(item: RentalOrderItem) -> None:
    for seed in range(6):
        products = products_of(random.Random(seed), item)
        days = Period(datetime.now(UTC), datetime.now(UTC) + 4 * DAY)
        for product, calendar in zip(products, day_calendars(products, days, ALWAYS), strict=True):
            first, last = (whole_day(calendar[n].date, ALWAYS.zone) for n in (0, -1))
            least = min(day.available_quantity for day in calendar)
            assert least == 0 or fits(item, product, least, Period(first.start, last.end))


def test_a_kit_shows_what_its_scarcest_part_allows(django_assert_num_queries: Any) -> None:
    tent, chair, kit = make_product(units=3), make_product(units=10), make_product(units=0)
    KitPart.objects.create(kit=kit, part=tent, quantity=1)
    KitPart.objects.create(kit=kit, part=chair, quantity=4)
    [kit] = Product.objects.with_parts().filter(pk=kit.pk)
    with django_assert_num_queries(2):  # day counters, levels
        [[day]] = day_calendars([kit], whole_day(START.date(), ALWAYS.zone), ALWAYS)
    assert day.available_quantity == 2
