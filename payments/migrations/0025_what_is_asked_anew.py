"""The gate asks about what is held anew, and nothing else (D2.5, D2.6; docs/adr/0003).

An extension was refused where too few units had been there at any instant of the whole rental: last
week, or on a day on which the order's own promise is short already. Its customer had paid by then.
And whoever was late and wanted to pay for more time stood in his own way.
"""

from django.db import migrations

UNCOUNTED = """
CREATE OR REPLACE FUNCTION payments_uncounted(product uuid, besides uuid)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, quantity bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Overdue units are expected within a day from now, and nobody is promised them before (D2.6).
    -- Where a longer rental of them is being paid, that holds them instead.
    SELECT late.ends_at, now() + interval '1 day', late.quantity
    FROM payments_reservation AS late
    WHERE late.product_id = product AND late.is_active AND late.stage = 'OUT'
      AND late.due_at < now() AND late.ends_at < now() + interval '1 day'
      AND (besides IS NULL OR late.order_id <> besides)
      AND NOT EXISTS (
          SELECT FROM payments_reservation AS longer
          WHERE longer.order_id = late.order_id AND longer.product_id = product
            AND longer.change_id IS NOT NULL AND longer.is_active)
    UNION ALL
    SELECT change.starts_at, change.ends_at, -change.quantity
    FROM catalog_supplychange AS change WHERE change.product_id = product
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
    WITH rows AS (
        -- `held` is what the row had before, where it has no more units now: that was promised, and
        -- only what lies around it is asked anew. What has passed is asked of no row that was there.
        SELECT wanted.product_id, wanted.order_id, wanted.starts_at, wanted.ends_at,
            CASE WHEN before.id IS NULL THEN '-infinity' ELSE now() END AS since,
            CASE WHEN before.is_active AND before.stage <> 'BACK'
                AND before.product_id = wanted.product_id AND before.quantity >= wanted.quantity
                THEN tstzrange(before.starts_at, before.ends_at) ELSE 'empty' END AS held
        FROM unnest(added) AS wanted LEFT JOIN unnest(removed) AS before ON before.id = wanted.id
        WHERE wanted.is_active AND wanted.product_id = ANY (crowded)
          -- Promises are checked. What is out or back is a fact; but units that are out are promised
          -- anew when their row is changed.
          AND (wanted.stage = 'RESERVED' OR wanted.stage = 'OUT' AND before.id IS NOT NULL)
    ), asked AS (
        SELECT product_id, order_id, greatest(starts_at, since) AS starts_at,
            least(ends_at, coalesce(lower(held), ends_at)) AS ends_at FROM rows
        UNION ALL
        SELECT product_id, order_id, greatest(starts_at, upper(held), since), ends_at FROM rows
        WHERE NOT isempty(held)
    )
    SELECT jsonb_agg(jsonb_build_object(
        'product_id', asked.product_id,
        'available_quantity', greatest(0, product.units - payments_peak(
            asked.product_id, asked.starts_at, asked.ends_at, asked.order_id))))
    INTO short
    FROM asked JOIN catalog_product AS product ON product.id = asked.product_id
    WHERE asked.starts_at < asked.ends_at AND payments_peak(
        asked.product_id, asked.starts_at, asked.ends_at, NULL) > product.units;

    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'not enough units' USING ERRCODE = 'RW001', DETAIL = short::text;
    END IF;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0024_receipts")]

    operations = [
        migrations.RunSQL(UNCOUNTED, migrations.RunSQL.noop),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
    ]
