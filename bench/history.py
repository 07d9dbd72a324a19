"""A shop with a history: many reservations, written as fast as the real schema takes them.

Every row is a copy of one real row except for what makes it another one, so that it has all columns
whatever they come to be. The triggers are off meanwhile; the day counters are summed at the end.
Run as `python -m bench.history RESERVATIONS` in a process of its own, on the database that
DATABASE_URL names.
"""

import os
import sys
from datetime import timedelta
from typing import Any, Final

import django

# The hot product has a tenth of all. However long the history, a week has as many rentals: the
# first ten thousand begin from three weeks ago to seven weeks ahead, all others before them, so
# that the shop grows older and not busier.
PRODUCTS: Final = 1000
PER_WEEK: Final = 1000
WEEKS_AHEAD: Final = 7
LINES: Final = 4  # of an order

_COUNT: Final = """
INSERT INTO payments_productday AS counter (product_id, day, used)
SELECT product_id, day::date, sum(quantity)
FROM payments_reservation, generate_series(
    date_trunc('day', starts_at AT TIME ZONE 'UTC'),
    (ends_at - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') AS day
WHERE is_active
GROUP BY product_id, day
ORDER BY product_id, day
"""


def starts(n: str) -> str:
    """When reservation `n` starts: number 0 last of all."""
    step = f"interval '{7 * 24 * 3600 / PER_WEEK} seconds'"
    ahead = f"date_trunc('week', now()) + interval '{WEEKS_AHEAD} weeks'"
    return f"({ahead} - {n} * {step} - ({n} * 7 % 60) * interval '1 hour')"


def ends(n: str) -> str:
    """Four hours to a week later, and for one in fifty a month."""
    hours = f"(ARRAY[4, 8, 24, 48, 72, 96, 120, 168])[1 + ({n} / 10 + {n}) % 8]"
    length = f"CASE WHEN {n} / 10 % 50 = 49 THEN 720 ELSE {hours} END"
    return f"{starts(n)} + ({length}) * interval '1 hour'"


def fill(reservations: int) -> None:
    """Bring the database to so many reservations."""
    from django.db import connection

    from payments.models import RentalOrder, RentalOrderItem, Reservation

    if Reservation.objects.count() == reservations:
        return
    order, item, reservation = _one_of_each()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE payments_productday")
        first = f"n * {LINES}"
        number = {"id": _id("n"), "order_number": "'RO' || n"}
        rental = {"rental_start_date": starts(first), "rental_end_date": ends(first)}
        _copy(order, {**number, **rental}, reservations // LINES)
        product = f"CASE WHEN n % 10 = 0 THEN 0 ELSE 1 + n * 7 % {PRODUCTS - 1} END"
        line = {"id": _id("n"), "order_id": _id(f"n / {LINES}"), "product_id": _id(product)}
        _copy(item, line, reservations)
        held = {"item_id": _id("n"), "starts_at": starts("n"), "ends_at": ends("n")}
        _copy(reservation, {**line, **held, "quantity": "1 + n / 10 % 2"}, reservations)
        for row in (reservation, item, order):
            row.delete()
        cursor.execute(_COUNT)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM (ANALYZE)")
    assert RentalOrder.objects.exists()
    assert RentalOrderItem.objects.count() == Reservation.objects.count() == reservations


def _id(number: str) -> str:
    return f"('00000000-0000-4000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _copy(row: Any, changes: dict[str, str], count: int) -> None:
    """`count` copies of `row`, numbered `n` from 0 in the expressions of `changes`."""
    from django.db import connection

    table = row._meta.db_table
    names = [field.column for field in row._meta.concrete_fields if not field.generated]
    values = [changes.get(name, f'"{name}"') for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)}"
            f" FROM {table} AS one, generate_series(0, {count - 1}) AS n WHERE one.id = '{row.pk}'"
        )


def _one_of_each() -> tuple[Any, Any, Any]:
    from django.utils import timezone

    from accounts.models import User
    from catalog.models import Category, Product
    from payments.models import RentalOrder, RentalOrderItem, Reservation

    category = Category.objects.create(name="All", slug="all")
    Product.objects.bulk_create(
        Product(
            pk=f"00000000-0000-4000-8000-{n:012x}",
            category=category,
            name=f"Product {n}",
            slug=f"product-{n}",
            units=8 if n else 160,
            turnaround_time=timedelta(hours=2),
        )
        for n in range(PRODUCTS)
    )
    product = Product.objects.get(slug="product-1")
    now = timezone.now()
    later = now + timedelta(days=1)
    order = RentalOrder.objects.create(
        customer=User.objects.create_user("customer@example.com"),
        status="CONFIRMED",
        rental_start_date=now,
        rental_end_date=later,
        currency="EUR",
    )
    item = RentalOrderItem.objects.create(
        order=order,
        product=product,
        product_name=product.name,
        quantity=1,
        unit_minor=0,
        rent_minor=0,
        tax_rate=0,
        tax_minor=0,
        deposit_minor=0,
    )
    reservation = Reservation.objects.create(
        order=order, item=item, product=product, quantity=1, starts_at=now, ends_at=later
    )
    return order, item, reservation


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    fill(int(sys.argv[1]))


if __name__ == "__main__":
    main()
