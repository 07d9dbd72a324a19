"""The books for everybody: read-only views in the schema `audit` (docs/operations.md).

Names, types and values are a contract with those who check the books; what stands behind them is
ours to change. A later migration that alters a column used here drops the view and makes it anew.
"""

from typing import Any

from django.conf import settings
from django.db import migrations

VIEWS = """
CREATE SCHEMA audit;

CREATE VIEW audit.orders AS
SELECT id::text AS order_id, order_number::text AS number, customer_id::text AS customer_id,
    status::text AS state, currency::text AS currency, rent_minor + tax_minor AS total_minor,
    deposit_minor, rental_start_date AS starts_at, rental_end_date AS ends_at, created_at
FROM payments_rentalorder;

CREATE VIEW audit.order_lines AS
SELECT id::text AS line_id, order_id::text AS order_id, 'rental'::text AS kind,
    product_id::text AS product_id, quantity, unit_minor AS unit_price_minor,
    rent_minor AS line_total_minor
FROM payments_rentalorderitem
UNION ALL
SELECT id || ':tax', order_id::text, 'tax', NULL, 1, tax_minor, tax_minor
FROM payments_rentalorderitem WHERE tax_minor <> 0;

CREATE VIEW audit.products AS
SELECT id::text AS product_id, units::integer AS units FROM catalog_product;

CREATE VIEW audit.reservations AS
SELECT held.id::text AS reservation_id, held.order_id::text AS order_id,
    held.product_id::text AS product_id, held.quantity, held.starts_at, held.ends_at,
    CASE WHEN NOT held.is_active THEN 'released' WHEN made.status = 'PENDING' THEN 'held'
        ELSE 'confirmed' END AS state,
    CASE WHEN held.is_active THEN made.hold_expires_at END AS expires_at
FROM payments_reservation AS held JOIN payments_rentalorder AS made ON made.id = held.order_id;

CREATE VIEW audit.payments AS
SELECT paid.id::text AS payment_id, paid.order_id::text AS order_id, lower(paid.kind) AS kind,
    CASE
        WHEN paid.status = 'SUCCEEDED' AND paid.refunded_minor = paid.captured_minor
            THEN 'refunded'
        WHEN paid.status = 'SUCCEEDED' AND paid.refunded_minor > 0 THEN 'partially_refunded'
        WHEN paid.status = 'CANCELLED' THEN 'canceled'
        WHEN paid.status = 'QUARANTINED' THEN 'processing'  -- a person decides what it is
        ELSE lower(paid.status)
    END AS state,
    paid.currency::text AS currency, paid.amount_minor, paid.captured_minor, paid.refunded_minor,
    nullif(paid.intent_id, '')::text AS stripe_payment_intent,
    NOT gateway.is_test_mode AS livemode
FROM payments_payment AS paid JOIN payments_paymentgateway AS gateway ON gateway.id = paid.gateway_id;

CREATE VIEW audit.refunds AS
SELECT id::text AS refund_id, payment_id::text AS payment_id,
    CASE status WHEN 'PROCESSING' THEN 'pending' WHEN 'CANCELLED' THEN 'canceled'
        WHEN 'UNAPPROVED' THEN 'requires_action' WHEN 'PAID_BY_HAND' THEN 'succeeded'
        ELSE lower(status) END AS state,
    amount_minor, currency::text AS currency,
    nullif(gateway_refund_id, '')::text AS stripe_refund_id,
    CASE WHEN source <> 'EXTERNAL' THEN id::text END AS intent_id
FROM payments_refund;

CREATE VIEW audit.ledger AS
SELECT entry.id::text AS entry_id, fact.id::text AS tx_id, fact.reference::text AS tx_ref,
    fact.order_id::text AS order_id, entry.account::text AS account,
    entry.currency::text AS currency, entry.amount_minor
FROM payments_ledgerentry AS entry
JOIN payments_ledgertransaction AS fact ON fact.id = entry.transaction_id;

CREATE VIEW audit.events AS
SELECT event_id::text AS event_id, event_type::text AS type, livemode, lower(status) AS state,
    (applied_at IS NOT NULL)::integer AS apply_count,  -- in one transaction with what it did
    created_at AS received_at, applied_at
FROM payments_webhookevent;

CREATE VIEW audit.intents AS
SELECT id::text AS intent_id,
    CASE kind WHEN 'DEPOSIT' THEN 'hold' WHEN 'CHARGE' THEN 'open_session' ELSE 'charge' END
        AS kind,
    order_id::text AS subject_id, {environment} || ':' || id || ':' || generation AS idempotency_key,
    CASE
        WHEN session_id <> '' OR intent_id <> '' THEN 'done'
        WHEN status NOT IN ('PENDING', 'PROCESSING', 'AUTHORIZED') THEN 'failed'
        WHEN first_sent_at IS NULL THEN 'pending'
        ELSE 'sent'
    END AS state,
    attempts, created_at, first_sent_at,
    CASE WHEN session_id <> '' OR intent_id <> ''
            OR status NOT IN ('PENDING', 'PROCESSING', 'AUTHORIZED')
        THEN updated_at END AS finished_at,
    coalesce(nullif(session_id, ''), nullif(intent_id, ''))::text AS external_id
FROM payments_payment
UNION ALL
SELECT id::text, 'refund', payment_id::text, {environment} || ':' || id || ':' || generation,
    CASE
        WHEN gateway_refund_id <> '' OR status = 'SUCCEEDED' THEN 'done'
        WHEN status IN ('FAILED', 'CANCELLED', 'PAID_BY_HAND') THEN 'failed'
        WHEN first_sent_at IS NULL THEN 'pending'
        ELSE 'sent'
    END,
    attempts, created_at, first_sent_at,
    CASE WHEN gateway_refund_id <> '' OR status NOT IN ('PENDING', 'PROCESSING')
        THEN updated_at END,
    nullif(gateway_refund_id, '')
FROM payments_refund WHERE source <> 'EXTERNAL' AND status <> 'UNAPPROVED'
UNION ALL
SELECT id::text, 'message', order_id::text, {environment} || ':' || id || ':' || generation,
    CASE status WHEN 'SENT' THEN 'done' WHEN 'PENDING' THEN 'pending' ELSE 'failed' END,
    attempts, created_at, first_sent_at,
    CASE WHEN status <> 'PENDING' THEN coalesce(sent_at, updated_at) END,
    NULL
FROM payments_paymentnotification;

CREATE VIEW audit.sessions AS
SELECT nullif(session_id, '')::text AS session_id, order_id::text AS order_id,
    CASE
        WHEN status IN ('SUCCEEDED', 'PROCESSING', 'QUARANTINED') THEN 'complete'
        WHEN status IN ('CANCELLED', 'FAILED') THEN 'expired'
        WHEN session_id = '' THEN 'creating'
        ELSE 'open'
    END AS state,
    amount_minor, currency::text AS currency, id::text AS intent_id, lower(purpose) AS purpose
FROM payments_payment WHERE kind = 'CHARGE' OR session_id <> '';

CREATE VIEW audit.messages AS
SELECT id::text AS message_id, dedupe_key::text AS dedupe_key, order_id::text AS order_id,
    recipient_id::text AS recipient_id,
    CASE status WHEN 'CANCELLED' THEN 'canceled' ELSE lower(status) END AS state, attempts
FROM payments_paymentnotification;

CREATE VIEW audit.order_events AS
SELECT id AS seq, order_id::text AS order_id, nullif(from_status, '')::text AS from_state,
    to_status::text AS to_state, actor::text AS actor, fact::text AS cause, created_at AS at
FROM payments_orderevent WHERE to_status <> '';
"""

# A view of one table could be written through; these are for reading.
READ_ONLY = """
DO $$
DECLARE
    name text;
BEGIN
    CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''the audit schema is read-only''; END';
    FOR name IN SELECT table_name FROM information_schema.views WHERE table_schema = 'audit' LOOP
        EXECUTE format(
            'CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.%I'
            ' FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', name);
    END LOOP;
END $$;
"""


def make(apps: Any, schema_editor: Any) -> None:
    # The keys that were sent begin with the name of this environment, and keep it when a copy of
    # the database is looked at elsewhere.
    environment = schema_editor.quote_value(settings.ENVIRONMENT)
    schema_editor.execute(VIEWS.format(environment=environment), params=None)
    schema_editor.execute(READ_ONLY, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP SCHEMA audit CASCADE")


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_reconciliation"), ("catalog", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
