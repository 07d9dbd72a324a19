"""The last unit, wanted by many at once (C01, C02, I10, I11)."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.models import Reservation
from payments.tests.factories import make_gateway, make_user, period, place
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import in_processes
from payments.tests.races.unguarded import gate_without_its_lock

pytestmark = pytest.mark.django_db(transaction=True)


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def role_default(isolation: str) -> Iterator[None]:
    """What every new session begins with, as a careless administrator may have set it."""
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    _run(f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'")
    connections.close_all()
    try:
        yield
    finally:
        _run(f"ALTER DATABASE {database} RESET default_transaction_isolation")
        connections.close_all()


def order_one(product: Product, customers: list[User], n: int) -> str:
    """What customer n hears."""
    try:
        place(customers[n], (product, 1))
    except OutOfStock:
        return "sold out"
    return "sold"


def rush(product: Product) -> Counter[str]:
    """Fifty want one unit each, from five processes."""
    customers = [make_user() for _ in range(50)]
    return Counter(in_processes(5, 10, partial(order_one, product, customers)))


def test_the_last_unit_wanted_by_fifty_at_once_is_sold_once() -> None:
    make_gateway()
    product = make_product(units=1)
    assert rush(product) == {"sold": 1, "sold out": 49}
    assert_books(at_rest=False)


def test_three_units_wanted_by_fifty_at_once_are_sold_three_times() -> None:
    make_gateway()
    product = make_product(units=3)
    assert rush(product) == {"sold": 3, "sold out": 47}
    assert_books(at_rest=False)


def test_the_same_race_oversells_where_the_gate_takes_no_lock() -> None:
    """The twin of the tests above: it shows that they would notice."""
    make_gateway()
    product = make_product(units=1)
    with gate_without_its_lock():
        assert rush(product)["sold"] > 1
    assert any(name.startswith("I10") for name in broken())


def test_the_gate_holds_where_sessions_begin_in_repeatable_read() -> None:
    """C02: there a lock is followed by a stale snapshot, so the app pins READ COMMITTED."""
    make_gateway()
    product = make_product(units=1)
    with role_default("repeatable read"):
        with connection.cursor() as cursor:
            cursor.execute("SHOW default_transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("read committed",)
        assert rush(product) == {"sold": 1, "sold out": 49}
    assert_books(at_rest=False)


def order_some(products: list[Product], n: int) -> str:
    """A cart of most of the products in an order of its own, at one of several dates."""
    dice = random.Random(n)
    cart = dice.sample(products, k=5)
    start = period().start.replace(hour=dice.randrange(24))
    try:
        place(make_user(), *((product, 1) for product in cart), when=period(1.5, start))
    except OutOfStock:
        return "sold out"
    return "sold"


def test_carts_of_the_same_products_in_any_order_never_deadlock() -> None:
    """C02: whoever waits waits in one order, so nobody waits in a circle."""
    make_gateway()
    products = [make_product(units=4) for _ in range(6)]
    heard = Counter(in_processes(4, 10, partial(order_some, products)))
    assert set(heard) == {"sold", "sold out"}, heard
    assert heard["sold"] >= 4
    assert_books(at_rest=False)
    assert Reservation.objects.count() == 5 * heard["sold"]
