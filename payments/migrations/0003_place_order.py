"""An order in one statement: round trips and parsing were most of what placing one cost
(docs/adr/0007).

`payments_place_order` takes the rows as JSON, with the columns of their tables. A column that is
added later must be nullable, or this function must be replaced in the same migration so that it
fills in the default (`'{"column": 0}' || …`): servers of the old release do not know the column.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION payments_claim_request(claim jsonb)
RETURNS TABLE (is_new boolean, order_id uuid, fingerprint text) LANGUAGE plpgsql AS $$
-- Let a request stand for the order of `claim`, unless it stands for one already (rule R12). A twin
-- waits here until the first has committed. Keys last `lifetime` seconds; a request without a key
-- of the client's, a double click, only as long as its order is unpaid.
#variable_conflict use_column
BEGIN
    INSERT INTO payments_idempotencykey AS held (customer_id, key, fingerprint, order_id, created_at)
    VALUES ((claim->>'customer_id')::uuid, claim->>'key', claim->>'fingerprint',
            (claim->>'order_id')::uuid, now())
    ON CONFLICT (customer_id, key) DO UPDATE SET
        order_id = excluded.order_id,
        fingerprint = excluded.fingerprint,
        created_at = excluded.created_at
    WHERE held.created_at < now() - make_interval(secs => (claim->>'lifetime')::float)
       OR (held.key LIKE 'same:%' AND EXISTS (
            SELECT FROM payments_rentalorder AS made
            WHERE made.id = held.order_id AND made.status <> 'PENDING'));
    IF FOUND THEN
        RETURN QUERY SELECT true, (claim->>'order_id')::uuid, claim->>'fingerprint';
    ELSE  -- a new statement, hence a new snapshot: it sees what the twin has committed
        RETURN QUERY SELECT false, held.order_id, held.fingerprint::text
            FROM payments_idempotencykey AS held
            WHERE held.customer_id = (claim->>'customer_id')::uuid AND held.key = claim->>'key';
    END IF;
END
$$
"""

PLACE = """
CREATE FUNCTION payments_place_order(
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
            SELECT * FROM jsonb_populate_recordset(NULL::payments_rentalorder, orders);
        INSERT INTO payments_rentalorderitem
            SELECT * FROM jsonb_populate_recordset(NULL::payments_rentalorderitem, items);
        INSERT INTO payments_payment
            SELECT * FROM jsonb_populate_recordset(NULL::payments_payment, payments);
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


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_units_gate")]

    operations = [
        migrations.RunSQL(CLAIM, "DROP FUNCTION payments_claim_request(jsonb)"),
        migrations.RunSQL(
            PLACE,
            "DROP FUNCTION payments_place_order(jsonb, integer, jsonb, jsonb, jsonb, jsonb, jsonb)",
        ),
    ]
