"""Statements by hand behave like Django's own, and are prepared."""

import pytest
from django.db import IntegrityError, connection
from django.db.models import JSONField

from accounts.models import User
from accounts.tests.factories import make_user
from common.middleware import QueryMeter
from common.prepared import columns, fetch, instance
from payments.models import PaymentGateway

pytestmark = pytest.mark.django_db

BY_ROLE = f"SELECT {columns(User)}, 1 FROM accounts_user WHERE role = %s"


def test_the_server_prepares_the_statement_once_and_runs_it_often() -> None:
    for number in range(3):
        assert fetch("SELECT %s::int + 41", [number]) == [(number + 41,)]
    prepared = fetch(
        "SELECT generic_plans + custom_plans FROM pg_prepared_statements"
        " WHERE statement = 'SELECT $1::int + 41'"
    )
    assert prepared == [(3,)]


def test_a_row_becomes_the_object_that_the_orm_would_make() -> None:
    user = make_user(name="Alice")
    [row] = fetch(BY_ROLE, ["CUSTOMER"])
    made = instance(User, row)
    assert made == user
    assert {f.attname: getattr(made, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(user, f.attname) for f in User._meta.concrete_fields
    }
    made.name = "Alicia"
    made.save()  # an update: it knows that it is in the database
    assert User.objects.get().name == "Alicia"


def test_what_django_converts_is_converted() -> None:
    PaymentGateway.objects.create(name="x", gateway_type="STRIPE", secret_key="sk_test_secret")
    [row] = fetch(f"SELECT {columns(PaymentGateway)} FROM payments_paymentgateway")
    assert "sk_test_secret" not in map(str, row)
    assert instance(PaymentGateway, row).secret_key == "sk_test_secret"
    assert hasattr(JSONField, "from_db_value")


def test_queries_are_counted_and_errors_are_djangos() -> None:
    make_user(email="taken@example.com")
    meter = QueryMeter(slow=60)
    with connection.execute_wrapper(meter), pytest.raises(IntegrityError):
        fetch("UPDATE accounts_user SET role = %s RETURNING id", ["NOBODY"])
    assert meter.count == 1
