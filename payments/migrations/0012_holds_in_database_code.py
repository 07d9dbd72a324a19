"""Orders are placed with a deposit strategy, and the schema `audit` shows holds."""

from typing import Any

from django.conf import settings
from django.db import migrations

# As in 0003; servers of the old release do not know the columns that the first records fill in.
PLACE = """
CREATE OR REPLACE FUNCTION payments_place_order(
    claim jsonb, max_unpaid integer,
    orders jsonb, items jsonb, payments jsonb, events jsonb, reservations jsonb)
RETURNS TABLE (is_new boolean, order_id uuid, fingerprint text) LANGUAGE plpgsql AS $$
-- Write an order with all its rows, or return the order that the request made before.
-- Locks in this order: request, customer, days of the products (rule R11).
DECLARE
    held record;
BEGIN
    SELECT * INTO held FROM payments_claim_request(claim);
    IF held.is_new THEN
        IF payments_unpaid_orders((claim->>'customer_id')::uuid) >= max_unpaid THEN
            RAISE EXCEPTION 'too many unpaid orders' USING ERRCODE = 'RW002';
        END IF;
        INSERT INTO payments_rentalorder
            SELECT * FROM jsonb_populate_recordset(jsonb_populate_record(
                NULL::payments_rentalorder, '{"deposit_strategy": "CHARGE"}'), orders);
        INSERT INTO payments_rentalorderitem
            SELECT * FROM jsonb_populate_recordset(NULL::payments_rentalorderitem, items);
        INSERT INTO payments_payment
            SELECT * FROM jsonb_populate_recordset(jsonb_populate_record(
                NULL::payments_payment, '{"customer_ref": "", "method_ref": ""}'), payments);
        INSERT INTO payments_orderevent
                (order_id, fact, from_status, to_status, actor, user_id, ref, data, created_at)
            SELECT e.order_id, e.fact, e.from_status, e.to_status, e.actor, e.user_id, e.ref,
                e.data, e.created_at
            FROM jsonb_populate_recordset(NULL::payments_orderevent, events) AS e;
        -- Last, because the locks that the units gate takes are everybody's.
        INSERT INTO payments_reservation
            SELECT * FROM jsonb_populate_recordset(NULL::payments_reservation, reservations);
    END IF;
    RETURN QUERY SELECT held.is_new, held.order_id, held.fingerprint;
END
$$
"""

# A deposit counts as asked for when it is charged with the rent, and else as far as it was taken.
# A page on which a card is held asks for no payment: it is an intent, and no session.
VIEWS = """
CREATE OR REPLACE VIEW audit.orders AS
SELECT made.id::text AS order_id, order_number::text AS number, customer_id::text AS customer_id,
    made.status::text AS state, made.currency::text AS currency,
    rent_minor + tax_minor AS total_minor,
    CASE WHEN deposit_strategy = 'CHARGE' THEN deposit_minor ELSE (
        SELECT coalesce(sum(captured_minor), 0)::bigint FROM payments_payment AS taken
        WHERE taken.order_id = made.id AND taken.kind IN ('DEPOSIT', 'FEE')
    ) END AS deposit_minor,
    rental_start_date AS starts_at, rental_end_date AS ends_at, made.created_at
FROM payments_rentalorder AS made;

CREATE OR REPLACE VIEW audit.sessions AS
SELECT nullif(session_id, '')::text AS session_id, order_id::text AS order_id,
    CASE
        WHEN status IN ('SUCCEEDED', 'PROCESSING', 'QUARANTINED') THEN 'complete'
        WHEN status IN ('CANCELLED', 'FAILED') THEN 'expired'
        WHEN session_id = '' THEN 'creating'
        ELSE 'open'
    END AS state,
    amount_minor, currency::text AS currency, id::text AS intent_id, lower(purpose) AS purpose
FROM payments_payment WHERE kind = 'CHARGE' OR (session_id <> '' AND kind <> 'DEPOSIT');
"""

# Added to what the view shows by now, so that it stands in one place only.
INTENTS = """
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW audit.intents AS '
        || rtrim(pg_get_viewdef('audit.intents'::regclass), ';') || $view$
UNION ALL
SELECT id::text, lower(kind), payment_id::text, {environment} || ':' || id || ':' || generation,
    CASE
        WHEN status <> 'PENDING' THEN lower(status)
        WHEN first_sent_at IS NULL THEN 'pending'
        ELSE 'sent'
    END,
    attempts, created_at, first_sent_at, CASE WHEN status <> 'PENDING' THEN updated_at END,
    NULL  -- what it ends is the hold, whose intent has the id
FROM payments_holdclosing
    $view$;
END $$;
"""


def show(apps: Any, schema_editor: Any) -> None:
    # As in 0007: keys begin with the name of the environment that sent them.
    environment = schema_editor.quote_value(settings.ENVIRONMENT)
    schema_editor.execute(VIEWS, params=None)
    schema_editor.execute(INTENTS.format(environment=environment), params=None)


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_holds"), ("catalog", "0002_deposit_strategy")]

    operations = [
        migrations.RunSQL(PLACE, migrations.RunSQL.noop),
        migrations.RunPython(show, migrations.RunPython.noop),
    ]
