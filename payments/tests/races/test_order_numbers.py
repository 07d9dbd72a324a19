"""C12: every order has a number of its own, however many are placed at once and on one day."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection, transaction

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.tests.factories import make_gateway, make_user, place
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, in_processes, together
from payments.tests.races.unguarded import replaced

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 20

# Looks for the last number of the day, and takes the next.
LOOKED_UP = """
CREATE OR REPLACE FUNCTION payments_next_order_number() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT 'RO' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
        || lpad((1 + count(*))::text, 4, '0') FROM payments_rentalorder
$$
"""

# Whoever is placing an order keeps everybody else waiting.
LOCKED = """
CREATE OR REPLACE FUNCTION payments_next_order_number() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(1);
    SELECT 'RO' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
        || lpad(nextval('payments_order_number')::text, 4, '0')
$$
"""


def order_some(products: list[Product], customers: list[User], n: int) -> str:
    """Each has a product for himself: they meet at the number alone."""
    for _ in range(EACH):
        place(customers[n], (products[n], 1))
    return "placed"


def rush(settings: LazySettings) -> Counter[str]:
    """Five hundred orders, from 25 threads of five processes."""
    settings.MAX_PENDING_ORDERS = EACH
    make_gateway()
    products = [make_product(units=EACH) for _ in range(25)]
    customers = [make_user() for _ in range(25)]
    return Counter(in_processes(5, 5, partial(order_some, products, customers)))


@contextmanager
def numbers_from(first: int) -> Iterator[None]:
    """Orders are numbered from there on, for a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value, is_called FROM payments_order_number")
        [before] = cursor.fetchall()
        cursor.execute("SELECT setval('payments_order_number', %s, false)", [first])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('payments_order_number', %s, %s)", before)


@pytest.mark.slow
def test_five_hundred_orders_at_once_have_each_a_number_and_the_day_does_not_run_out(
    settings: LazySettings,
) -> None:
    """I20. The ten thousandth of a day has a digit more."""
    with numbers_from(9_800):
        assert rush(settings) == {"placed": 25}
    numbers = RentalOrder.objects.values_list("order_number", flat=True)
    assert sorted(int(number[10:]) for number in numbers) == list(range(9_800, 10_300))
    assert {number[:2] for number in numbers} == {"RO"}
    assert {len(number) for number in numbers} == {14, 15}
    assert_books(at_rest=False)


def test_the_same_rush_meets_itself_where_the_next_number_is_looked_up(
    settings: LazySettings,
) -> None:
    """The twin of the test above: it shows that it would notice."""
    with replaced("payments_next_order_number", LOOKED_UP):
        heard = rush(settings)
    assert heard["placed"] < 25
    assert any("order_number" in said for said in heard)


def order_in_a_hurry(product: Product, customer: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    place(customer, (product, 1))


def place_beside_another() -> None:
    """While another order, that is not committed yet, has taken its number."""
    make_gateway()
    order = partial(order_in_a_hurry, make_product(), make_user())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT payments_next_order_number()")
        answers(together([order]))


def test_an_order_that_is_being_placed_keeps_no_other_one_waiting() -> None:
    place_beside_another()
    assert RentalOrder.objects.count() == 1


def test_it_would_where_numbers_are_given_out_under_a_lock() -> None:
    """The twin of the test above."""
    with (
        replaced("payments_next_order_number", LOCKED),
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        place_beside_another()
