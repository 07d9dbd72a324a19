"""The schema `audit` is a contract: names, types, and values."""

from typing import Final

import pytest
from django.db import DatabaseError, connection

from payments.models import Refund
from payments.tests.audit.world import make_books

TEXT, INT, BIG, BOOL = "text", "integer", "bigint", "boolean"
AT: Final = "timestamp with time zone"

CONTRACT: Final = {
    "orders": {
        "order_id": TEXT,
        "number": TEXT,
        "customer_id": TEXT,
        "state": TEXT,
        "currency": TEXT,
        "total_minor": BIG,
        "deposit_minor": BIG,
        "starts_at": AT,
        "ends_at": AT,
        "created_at": AT,
    },
    "order_lines": {
        "line_id": TEXT,
        "order_id": TEXT,
        "kind": TEXT,
        "product_id": TEXT,
        "quantity": INT,
        "unit_price_minor": BIG,
        "line_total_minor": BIG,
    },
    "products": {"product_id": TEXT, "units": INT},
    "reservations": {
        "reservation_id": TEXT,
        "order_id": TEXT,
        "product_id": TEXT,
        "quantity": INT,
        "starts_at": AT,
        "ends_at": AT,
        "state": TEXT,
        "expires_at": AT,
    },
    "payments": {
        "payment_id": TEXT,
        "order_id": TEXT,
        "kind": TEXT,
        "state": TEXT,
        "currency": TEXT,
        "amount_minor": BIG,
        "captured_minor": BIG,
        "refunded_minor": BIG,
        "stripe_payment_intent": TEXT,
        "livemode": BOOL,
    },
    "refunds": {
        "refund_id": TEXT,
        "payment_id": TEXT,
        "state": TEXT,
        "amount_minor": BIG,
        "currency": TEXT,
        "stripe_refund_id": TEXT,
        "intent_id": TEXT,
    },
    "ledger": {
        "entry_id": TEXT,
        "tx_id": TEXT,
        "tx_ref": TEXT,
        "order_id": TEXT,
        "account": TEXT,
        "currency": TEXT,
        "amount_minor": BIG,
    },
    "events": {
        "event_id": TEXT,
        "type": TEXT,
        "livemode": BOOL,
        "state": TEXT,
        "apply_count": INT,
        "received_at": AT,
        "applied_at": AT,
    },
    "intents": {
        "intent_id": TEXT,
        "kind": TEXT,
        "subject_id": TEXT,
        "idempotency_key": TEXT,
        "state": TEXT,
        "attempts": INT,
        "created_at": AT,
        "first_sent_at": AT,
        "finished_at": AT,
        "external_id": TEXT,
    },
    "sessions": {
        "session_id": TEXT,
        "order_id": TEXT,
        "state": TEXT,
        "amount_minor": BIG,
        "currency": TEXT,
        "intent_id": TEXT,
        "purpose": TEXT,
    },
    "messages": {
        "message_id": TEXT,
        "dedupe_key": TEXT,
        "order_id": TEXT,
        "recipient_id": TEXT,
        "state": TEXT,
        "attempts": INT,
    },
    "order_events": {
        "seq": BIG,
        "order_id": TEXT,
        "from_state": TEXT,
        "to_state": TEXT,
        "actor": TEXT,
        "cause": TEXT,
        "at": AT,
    },
}

# What make_books puts there, of the values that the contract allows.
VALUES: Final = {
    "orders.state": "CONFIRMED CANCELLED PENDING",
    "order_lines.kind": "rental tax",
    "reservations.state": "held confirmed released",
    "payments.kind": "charge",
    "payments.state": "pending succeeded refunded",
    "refunds.state": "succeeded",
    "ledger.account": "customer stripe_clearing rent tax deposit",
    "events.state": "applied",
    "intents.kind": "open_session refund message",
    "intents.state": "done",
    "sessions.state": "open complete",
    "sessions.purpose": "initial",
    "messages.state": "sent",
}

pytestmark = pytest.mark.django_db


def ask(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows


def test_the_schema_has_the_views_of_the_contract_and_no_others() -> None:
    tables = ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'audit'")
    assert {name for (name,) in tables} == set(CONTRACT)


@pytest.mark.parametrize("view", CONTRACT)
def test_a_view_has_the_columns_and_types_of_the_contract(view: str) -> None:
    columns = ask(
        "SELECT column_name, data_type FROM information_schema.columns"
        f" WHERE table_schema = 'audit' AND table_name = '{view}' ORDER BY ordinal_position"
    )
    assert columns == list(CONTRACT[view].items())


def test_the_values_are_those_of_the_contract() -> None:
    make_books()
    for place, values in VALUES.items():
        view, column = place.split(".")
        found = ask(f"SELECT DISTINCT {column} FROM audit.{view}")
        assert {value for (value,) in found} == set(values.split()), place


def test_a_key_is_the_one_that_was_sent() -> None:
    make_books()
    refund = Refund.objects.get()
    keys = ask(f"SELECT idempotency_key FROM audit.intents WHERE intent_id = '{refund.pk}'")
    assert keys == [(refund.idempotency_key,)]


@pytest.mark.parametrize("view", CONTRACT)
def test_nobody_writes_through_a_view(view: str) -> None:
    make_books()
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM audit.{view}")
