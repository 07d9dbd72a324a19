"""Rows for database functions: every column, by its own name, as PostgreSQL reads it."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from common.prepared import fetch
from common.records import as_records, mark_written
from payments.models import RentalOrder, RentalOrderItem

NOW = datetime(2026, 1, 15, 10, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.django_db
def test_what_was_written_from_records_reads_back_the_same() -> None:
    order = RentalOrder(
        order_number="RO1",
        customer=make_user(),
        rental_start_date=NOW,
        rental_end_date=NOW.replace(day=16),
        notes='"quotes", Umläute, \N{SNOWMAN} and a \\ backslash',
        currency="EUR",
        rent_minor=99_999_999,
        cancellation_policy=[{"percent": 50}],
    )
    for table, row in [
        ("payments_rentalorder", order),
        ("payments_rentalorderitem", _item(order)),
    ]:
        fetch(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s)",
            [as_records([row], NOW)],
        )
        mark_written([row])
        fields = [field.attname for field in row._meta.concrete_fields]
        written = type(row)._default_manager.get(pk=row.pk)
        assert [getattr(written, name) for name in fields] == [
            getattr(row, name) for name in fields
        ]
    assert order.created_at == order.updated_at == NOW
    order.notes = ""
    order.save()
    assert RentalOrder.objects.get().notes == ""


def _item(order: RentalOrder) -> RentalOrderItem:
    return RentalOrderItem(
        order=order,
        product=make_product(),
        product_name="Tent",
        quantity=1,
        unit_minor=5,
        rent_minor=5,
        tax_rate=Decimal("0.1900"),
        tax_minor=1,
        deposit_minor=0,
        price_breakdown=[{"tier": "1 day", "times": 1, "amount_minor": 5}],
    )


def test_records_have_the_columns_of_the_table_as_keys() -> None:
    [record] = json.loads(as_records([RentalOrder(order_number="RO1")], NOW))
    assert set(record) == {field.column for field in RentalOrder._meta.concrete_fields}
