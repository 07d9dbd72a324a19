"""The gate knows dated changes of supply, units that are overdue, and units that are back (D2.3 to
D2.6; docs/adr/0003).

Everything that decides is in two functions. `payments_peak` is the exact answer: the most units
that are asked of a product's own at one instant, which is what is held, plus what is overdue, less
what the supply has gained since. `payments_move_units` keeps the day counters and asks for the
exact answer only where they do not prove that there is enough.
"""

from django.db import migrations

# What is asked of a product's units besides the counted reservations. Written once, for the exact
# answer and for the proof by days: (from, to, units), `to` empty for good.
UNCOUNTED = """
CREATE FUNCTION payments_uncounted(product uuid, besides uuid)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, quantity bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Overdue units are expected within a day from now, and nobody is promised them before (D2.6).
    SELECT late.ends_at, now() + interval '1 day', late.quantity
    FROM payments_reservation AS late
    WHERE late.product_id = product AND late.is_active AND late.stage = 'OUT'
      AND late.due_at < now() AND late.ends_at < now() + interval '1 day'
      AND (besides IS NULL OR late.order_id <> besides)
    UNION ALL
    SELECT change.starts_at, change.ends_at, -change.quantity
    FROM catalog_supplychange AS change WHERE change.product_id = product
$$
"""

PEAK = """
CREATE OR REPLACE FUNCTION payments_peak(
    product uuid, from_at timestamptz, to_at timestamptz, besides uuid)
RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- The most that is asked of the product's own units at one instant of [from_at, to_at), the
    -- reservations of the order `besides` left out; below zero where supply was added.
    -- The bound on starts_at is the longest reservation (CHECK reservation_duration_bounded).
    WITH held AS (
        SELECT starts_at, ends_at, quantity
        FROM payments_reservation
        WHERE product_id = product AND is_active
          AND starts_at < to_at AND ends_at > from_at
          AND starts_at > from_at - interval '460 days'
          AND (besides IS NULL OR order_id <> besides)
        UNION ALL
        SELECT starts_at, ends_at, quantity FROM payments_uncounted(product, besides)
        WHERE starts_at < to_at AND (ends_at IS NULL OR ends_at > from_at)
        UNION ALL
        SELECT from_at, NULL, 0
    ), steps AS (
        SELECT at, sum(change) AS change
        FROM (
            SELECT greatest(starts_at, from_at) AS at, quantity AS change FROM held
            UNION ALL
            SELECT ends_at, -quantity FROM held WHERE ends_at < to_at
        ) AS changes
        GROUP BY at
    )
    SELECT max(level)::bigint
    FROM (SELECT sum(change) OVER (ORDER BY at) AS level FROM steps) AS levels
$$
"""

CAUTION = """
CREATE FUNCTION payments_caution(product uuid, day date) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- What the day's counter does not know, seen with caution: what takes units away counts if it
    -- touches the day at all, what adds some only if it lasts the whole day.
    SELECT coalesce(sum(quantity), 0)::bigint FROM payments_uncounted(product, NULL)
    WHERE CASE WHEN quantity > 0
        THEN starts_at < (day + 1)::timestamp AT TIME ZONE 'UTC'
            AND coalesce(ends_at > day::timestamp AT TIME ZONE 'UTC', true)
        ELSE starts_at <= day::timestamp AT TIME ZONE 'UTC'
            AND coalesce(ends_at >= (day + 1)::timestamp AT TIME ZONE 'UTC', true)
        END
$$
"""

MOVE = """
CREATE OR REPLACE FUNCTION payments_move_units(
    added payments_reservation[], removed payments_reservation[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    crowded uuid[];
    short jsonb;
BEGIN
    WITH changes AS (
        SELECT product_id, day::date AS day, sum(change) AS change
        FROM (
            SELECT product_id, starts_at, ends_at, quantity AS change
            FROM unnest(added) WHERE is_active
            UNION ALL
            SELECT product_id, starts_at, ends_at, -quantity
            FROM unnest(removed) WHERE is_active
        ) AS moved,
        generate_series(  -- of timestamps without a zone: no session's clock change moves a day
            date_trunc('day', starts_at AT TIME ZONE 'UTC'),
            (ends_at - interval '1 microsecond') AT TIME ZONE 'UTC',
            interval '1 day'
        ) AS day
        GROUP BY product_id, day  -- a change of 0 too: who moves within a day needs its lock
    ), counted AS (
        INSERT INTO payments_productday AS counter (product_id, day, used)
        SELECT product_id, day, change FROM changes
        ORDER BY product_id, day  -- one order for everybody: no deadlocks
        ON CONFLICT (product_id, day) DO UPDATE SET used = counter.used + excluded.used
        RETURNING product_id, day, used
    )
    SELECT array_agg(DISTINCT product_id) INTO crowded
    FROM counted
    -- A look-up for each, since for a join the planner would read all products.
    WHERE used + payments_caution(product_id, day)
        > (SELECT units FROM catalog_product WHERE id = counted.product_id);

    IF crowded IS NULL THEN
        RETURN;
    END IF;

    -- A new statement, hence a new snapshot: it sees what was committed while we waited above.
    SELECT jsonb_agg(jsonb_build_object(
        'product_id', wanted.product_id,
        'available_quantity', greatest(0, product.units - payments_peak(
            wanted.product_id, wanted.starts_at, wanted.ends_at, wanted.order_id))))
    INTO short
    FROM unnest(added) AS wanted
    JOIN catalog_product AS product ON product.id = wanted.product_id
    WHERE wanted.is_active AND wanted.product_id = ANY (crowded)
      -- Promises are checked. What is out or back is a fact; but units that are out are promised
      -- anew when their row is changed, and compared with before below.
      AND CASE wanted.stage WHEN 'RESERVED' THEN true WHEN 'BACK' THEN false
          ELSE EXISTS (SELECT FROM unnest(removed) AS before WHERE before.id = wanted.id) END
      AND NOT EXISTS (  -- what only shrinks asks for nothing
          SELECT FROM unnest(removed) AS before
          WHERE before.id = wanted.id AND before.is_active AND before.stage <> 'BACK'
            AND before.product_id = wanted.product_id AND before.quantity >= wanted.quantity
            AND before.starts_at <= wanted.starts_at AND before.ends_at >= wanted.ends_at)
      AND payments_peak(wanted.product_id, wanted.starts_at, wanted.ends_at, NULL) > product.units;

    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'not enough units' USING ERRCODE = 'RW001', DETAIL = short::text;
    END IF;
END
$$
"""

# As before; servers of the release before do not know the columns that the first records fill in.
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
            SELECT * FROM jsonb_populate_recordset(NULL::payments_rentalorder, orders);
        INSERT INTO payments_rentalorderitem
            SELECT * FROM jsonb_populate_recordset(jsonb_populate_record(
                NULL::payments_rentalorderitem,
                '{"adjustment_minor": 0, "explanation": "", "parts": [],
                  "prep_time": "0", "turnaround_time": "0"}'), items);
        INSERT INTO payments_payment
            SELECT * FROM jsonb_populate_recordset(NULL::payments_payment, payments);
        INSERT INTO payments_orderevent
                (order_id, fact, from_status, to_status, actor, user_id, ref, data, created_at)
            SELECT e.order_id, e.fact, e.from_status, e.to_status, e.actor, e.user_id, e.ref,
                e.data, e.created_at
            FROM jsonb_populate_recordset(NULL::payments_orderevent, events) AS e;
        -- Last, because the locks that the units gate takes are everybody's.
        INSERT INTO payments_reservation
            SELECT * FROM jsonb_populate_recordset(jsonb_populate_record(
                NULL::payments_reservation, '{"stage": "RESERVED"}'), reservations);
    END IF;
    RETURN QUERY SELECT held.is_new, held.order_id, held.fingerprint;
END
$$
"""

# What discounts take from a line stands apart from its list price. Units that can be had at most:
# a change that took some away again is a matter of the instant. Units that are back occupy what was
# promised at most: a late return is a fact, and no promise to anybody.
VIEWS = """
CREATE OR REPLACE VIEW audit.order_lines AS
SELECT id::text AS line_id, order_id::text AS order_id, 'rental'::text AS kind,
    product_id::text AS product_id, quantity, unit_minor AS unit_price_minor,
    unit_minor * quantity AS line_total_minor
FROM payments_rentalorderitem
UNION ALL
SELECT id || ':tax', order_id::text, 'tax', NULL, 1, tax_minor, tax_minor
FROM payments_rentalorderitem WHERE tax_minor <> 0
UNION ALL
SELECT id || ':adjustment', order_id::text,
    CASE WHEN adjustment_minor < 0 THEN 'discount' ELSE 'fee' END, NULL, 1,
    adjustment_minor, adjustment_minor
FROM payments_rentalorderitem WHERE adjustment_minor <> 0;

CREATE OR REPLACE VIEW audit.products AS
SELECT id::text AS product_id, (units + coalesce((
    SELECT sum(quantity) FROM catalog_supplychange AS change
    WHERE change.product_id = product.id AND quantity > 0), 0))::integer AS units
FROM catalog_product AS product;

CREATE OR REPLACE VIEW audit.reservations AS
SELECT held.id::text AS reservation_id, held.order_id::text AS order_id,
    held.product_id::text AS product_id, held.quantity, held.starts_at,
    CASE WHEN held.stage = 'BACK'
        THEN least(held.ends_at, greatest(
            made.rental_end_date + item.turnaround_time,
            held.starts_at + interval '1 microsecond'))
        ELSE held.ends_at END AS ends_at,
    CASE WHEN NOT held.is_active OR made.status NOT IN ('PENDING', 'CONFIRMED', 'PICKED_UP')
            THEN 'released'
        WHEN made.status = 'PENDING' THEN 'held' ELSE 'confirmed' END AS state,
    CASE WHEN held.is_active THEN made.hold_expires_at END AS expires_at
FROM payments_reservation AS held
JOIN payments_rentalorder AS made ON made.id = held.order_id
JOIN payments_rentalorderitem AS item ON item.id = held.item_id;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_fate_of_units"), ("catalog", "0005_supply")]

    operations = [
        migrations.RunSQL(UNCOUNTED, "DROP FUNCTION payments_uncounted(uuid, uuid)"),
        migrations.RunSQL(PEAK, migrations.RunSQL.noop),
        migrations.RunSQL(CAUTION, "DROP FUNCTION payments_caution(uuid, date)"),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL(PLACE, migrations.RunSQL.noop),
        migrations.RunSQL(VIEWS, migrations.RunSQL.noop),
    ]
