"""Each invariant is broken on purpose, past all that guards it, and is then reported."""

from io import StringIO
from typing import Any, Final

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from payments.audit import INVARIANTS
from payments.services import audit
from payments.services.audit import breaches
from payments.tests.audit.world import make_books

PAID = "(SELECT id FROM payments_rentalorder WHERE status = 'CONFIRMED')"

TWIN_EVENT = """
INSERT INTO payments_webhookevent
SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*
FROM payments_webhookevent e
"""
TWO_MODES = f"""
INSERT INTO payments_paymentgateway
SELECT (jsonb_populate_record(
    g, jsonb_build_object('id', fresh, 'is_test_mode', false, 'is_active', false))).*
FROM payments_paymentgateway g, gen_random_uuid() AS fresh;
UPDATE payments_payment SET order_id = {PAID};
UPDATE payments_payment
SET gateway_id = (SELECT id FROM payments_paymentgateway WHERE NOT is_test_mode)
WHERE status = 'PENDING'
"""

HELD_FOR_A_CHANGE = f"""
INSERT INTO payments_orderchange (id, order_id, kind, status, before, after, currency,
    difference_minor, fee_minor, pays_later, reason, created_at, updated_at)
SELECT gen_random_uuid(), {PAID}, 'EXTEND', 'EXPIRED', '{{}}', '{{}}', 'EUR', 1, 0, false, '',
    now(), now();
UPDATE payments_reservation SET change_id = (SELECT id FROM payments_orderchange)
"""
CLOSED_BY_NOBODY = """
INSERT INTO payments_orderchange (id, order_id, kind, status, before, after, currency,
    difference_minor, fee_minor, pays_later, reason, expires_at, created_at, updated_at)
SELECT gen_random_uuid(), id, 'EXTEND', 'PENDING', '{}', '{}', 'EUR', -1, 0, false, '',
    now(), now(), now()
FROM payments_rentalorder LIMIT 1
"""
BOUND = """
INSERT INTO catalog_unit (id, product_id, serial, notes, created_at)
SELECT gen_random_uuid(), product_id, 'T-1', '', now() FROM payments_rentalorderitem LIMIT 1;
INSERT INTO payments_unitbinding (unit_id, item_id, bound_at, taken_by_id)
SELECT unit.id, item.id, now(), item.id
FROM catalog_unit unit, payments_rentalorderitem item LIMIT 1
"""

COUNTED_TOO_OFTEN = """
INSERT INTO payments_coupon (code, percent, currency, min_order_minor, once_per_customer, is_active,
    redeemed, created_at)
VALUES ('SUMMER', 10, '', 0, false, true, 1, now())
"""

# How the invariant begins -> what breaks it.
BREAKS: Final = (
    ("I01", "UPDATE payments_ledgerentry SET amount_minor = 1 WHERE account = 'rent'"),
    ("I02", "UPDATE payments_refund SET currency = 'USD'"),
    ("I02", "UPDATE payments_ledgerentry SET currency = 'USD'"),
    ("I03 an order's total", "UPDATE payments_rentalorder SET rent_minor = rent_minor + 1"),
    ("I03 an order's total", "UPDATE payments_rentalorderitem SET quantity = 0"),
    ("I03 an order's total", "UPDATE payments_rentalorderitem SET unit_minor = -unit_minor"),
    ("I03 a coupon", COUNTED_TOO_OFTEN),
    ("I03 an order's deposit", "UPDATE payments_rentalorderitem SET deposit_minor = 1"),
    ("I03 the books", "DELETE FROM payments_ledgerentry WHERE account = 'tax'"),
    ("I04 no more is captured", "UPDATE payments_payment SET captured_minor = amount_minor + 1"),
    ("I04 no more is captured", "UPDATE payments_payment SET refunded_minor = 1"),
    ("I04 no more is captured", "UPDATE payments_refund SET amount_minor = amount_minor + 1"),
    ("I04 the room", "UPDATE payments_payment SET refund_reserved_minor = 1"),
    ("I05", f"UPDATE payments_payment SET captured_minor = 99999 WHERE order_id = {PAID}"),
    ("I06", f"UPDATE payments_payment SET captured_minor = 1 WHERE order_id = {PAID}"),
    ("I07", "DELETE FROM payments_ledgerentry WHERE account = 'customer' AND amount_minor > 0"),
    ("I07", "DELETE FROM payments_ledgerentry WHERE account = 'customer' AND amount_minor < 0"),
    ("I08", "DELETE FROM payments_ledgerentry WHERE account = 'stripe_clearing'"),
    ("I08", "UPDATE payments_payment SET captured_minor = captured_minor + 1"),
    ("I09", "UPDATE payments_ledgertransaction SET reference = 'pi_1:captured'"),
    ("I10 at no instant", "UPDATE payments_reservation SET quantity = 6"),
    ("I10 the day counters", "UPDATE payments_productday SET used = used + 1"),
    ("I10 the day counters", "DELETE FROM payments_productday"),
    ("I11", "UPDATE payments_reservation SET is_active = NOT is_active"),
    ("I11", "UPDATE payments_reservation SET quantity = 2"),
    ("I11", f"DELETE FROM payments_reservation WHERE order_id = {PAID}"),
    ("I11 units are held for a change", HELD_FOR_A_CHANGE),
    ("I11 the units", "UPDATE payments_reservation SET stage = 'OUT', due_at = now()"),
    ("I11 as many units", BOUND),
    ("I11 a product", "UPDATE catalog_product SET tracks_units = true"),
    ("I12", "UPDATE payments_rentalorder SET hold_expires_at = now() - interval '1 hour'"),
    ("I12", "UPDATE payments_rentalorder SET hold_expires_at = NULL"),
    ("I12", "UPDATE payments_rentalorder SET hold_expires_at = now() + interval '1 hour'"),
    ("I13", "UPDATE payments_reservation SET ends_at = starts_at"),
    ("I13", "UPDATE payments_reservation SET ends_at = 'infinity'"),
    ("I14", TWIN_EVENT),
    ("I14", "UPDATE payments_webhookevent SET apply_count = 2"),
    ("I15", "UPDATE payments_webhookevent SET status = 'RECEIVED'"),
    ("I16 whatever", "UPDATE payments_payment SET first_sent_at = NULL"),
    ("I16 whatever", "UPDATE payments_refund SET created_at = first_sent_at + interval '1 s'"),
    (
        "I16 nothing",
        "UPDATE payments_payment"
        " SET closing_asked_at = now(), closing_sent_at = now() - interval '1 s'",
    ),
    ("I17", "UPDATE payments_payment SET session_id = 'cs_1'"),
    ("I18 no intent", "UPDATE payments_payment SET session_id = '', intent_id = ''"),
    ("I18 no intent", "UPDATE payments_payment SET closing_asked_at = now()"),
    ("I18 no intent", "UPDATE payments_paymentnotification SET status = 'PENDING'"),
    ("I18 nobody holds", "UPDATE payments_payment SET lease_until = now() + interval '1 minute'"),
    (
        "I18 no job",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('payments', 'payments.x')",
    ),
    ("I19 an order has", "UPDATE payments_payment SET amount_minor = 99999"),
    ("I19 an order has", f"UPDATE payments_payment SET status = 'PENDING', order_id = {PAID}"),
    ("I19 a change", "UPDATE payments_payment SET purpose = 'EXTENSION', status = 'PENDING'"),
    ("I19 the change", CLOSED_BY_NOBODY),
    ("I19 nobody can pay", "UPDATE payments_payment SET status = 'PENDING'"),
    ("I20", "UPDATE payments_rentalorder SET order_number = 'RO1'"),
    ("I21", "DELETE FROM payments_orderevent WHERE from_status = ''"),
    ("I21", "UPDATE payments_orderevent SET to_status = 'COMPLETED' WHERE from_status = 'PENDING'"),
    ("I22", "UPDATE payments_rentalorder SET status = 'RETURNED'"),
    ("I22", "DELETE FROM payments_orderevent"),
    ("I23", "UPDATE payments_paymentnotification SET dedupe_key = 'twice'"),
    ("I24", TWO_MODES),
    ("I24", "UPDATE payments_paymentgateway SET is_test_mode = false"),
    ("I24", "UPDATE payments_webhookevent SET livemode = true"),
    ("I25", "UPDATE payments_ledgerentry SET amount_minor = 1 WHERE account = 'deposit'"),
    ("I25", f"UPDATE payments_rentalorder SET status = 'COMPLETED' WHERE id = {PAID}"),
    (
        "I25 a deposit that was settled",
        "INSERT INTO payments_depositsettlement (order_id, currency, deposit_minor, claimed_minor,"
        " taken_minor, kept_minor) SELECT id, 'EUR', 5000, 0, 0, 5950 FROM payments_rentalorder"
        " WHERE status = 'CONFIRMED'",
    ),
    (
        "I26",
        "UPDATE payments_paymentnotification n SET recipient_id = (SELECT customer_id"
        " FROM payments_rentalorder WHERE status = 'PENDING')",
    ),
    ("I27", "DELETE FROM payments_document WHERE kind = 'INVOICE'"),
    ("I27", "UPDATE payments_document SET number = 'INV-00009' WHERE number = 'INV-00002'"),
    ("I27", "DELETE FROM payments_documentnumber"),
    ("I28 invoices", "UPDATE payments_document SET total_minor = total_minor + 1"),
    (
        "I28 a receipt",
        "INSERT INTO payments_document (id, order_id, kind, number, content, currency, total_minor,"
        " pdf, sha256, issued_at, as_of_id) SELECT gen_random_uuid(), order_id, 'RECEIPT',"
        " 'RCP-00001', '{}', currency, total_minor, '', '', now(), as_of_id"
        " FROM payments_document WHERE number = 'INV-00001'",
    ),
    ("I28 a credit note", "UPDATE payments_document SET total_minor = 0 WHERE kind = 'INVOICE'"),
)

# No trigger, no foreign key, no CHECK and no UNIQUE stands in the way.
LIFT: Final = """
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL session_replication_role = replica;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype IN ('c', 'u') AND conrelid::regclass::text LIKE 'payments\\_%'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', one.place, one.conname);
    END LOOP;
    FOR one IN SELECT indexrelid::regclass AS place FROM pg_index
        WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text LIKE 'payments\\_%'
    LOOP
        EXECUTE format('DROP INDEX %s', one.place);
    END LOOP;
END $$;
"""

pytestmark = pytest.mark.django_db


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(autouse=True)
def _books() -> None:
    make_books()
    assert found() == []


def found() -> list[str]:
    return [str(breach.invariant) for breach in breaches(at_rest=True)]


@pytest.mark.parametrize(("broken", "how"), BREAKS)
def test_a_broken_invariant_is_reported(broken: str, how: str) -> None:
    execute(LIFT)
    execute(how)
    assert any(sentence.startswith(broken) for sentence in found()), found()


def test_each_invariant_is_broken_by_something() -> None:
    untried = [
        str(invariant)
        for invariant in INVARIANTS
        if not any(str(invariant).startswith(broken) for broken, _ in BREAKS)
    ]
    assert untried == []


def test_all_invariants_are_there() -> None:
    assert {invariant.id for invariant in INVARIANTS} == {f"I{n:02}" for n in range(1, 29)}


def test_what_may_be_broken_for_a_moment_is_asked_at_rest_only() -> None:
    execute(LIFT)
    execute("UPDATE payments_webhookevent SET status = 'RECEIVED'")
    assert breaches() == []
    assert found() == ["I15 no event waits to be applied"]


def test_the_command_prints_the_rows_and_fails() -> None:
    execute(LIFT)
    execute("UPDATE payments_rentalorder SET order_number = 'RO1'")
    printed = StringIO()
    with pytest.raises(CommandError, match="Broken: 1"):
        call_command("audit", stdout=printed)
    assert printed.getvalue().splitlines() == ["I20 an order's number is its own", "  RO1  3"]


def test_the_command_is_content_with_sound_books() -> None:
    printed = StringIO()
    call_command("audit", "--at-rest", stdout=printed)
    assert printed.getvalue() == "The books are sound.\n"


def test_the_nightly_job_logs_an_error_for_each(caplog: Any) -> None:
    execute(LIFT)
    execute("UPDATE payments_rentalorder SET order_number = 'RO1'")
    audit.report()
    [line] = [record for record in caplog.records if "books_broken" in str(record.msg)]
    assert line.levelname == "ERROR"
    assert line.msg["rows"] == [["RO1", "3"]]
