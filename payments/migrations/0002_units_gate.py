"""The gate against overselling (domain rule D2.7; docs/adr/0003).

One row per product and UTC day counts the units of all active reservations that touch the day.
Raising the counters takes their row locks in one order, so two reservations that overlap meet at a
row; and as long as no counter exceeds the product's units, the true peak does not either. Only
otherwise is the exact peak computed, under the same locks.
"""

from django.db import migrations

PEAK = """
CREATE FUNCTION payments_peak(product uuid, from_at timestamptz, to_at timestamptz, besides uuid)
RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- The most units held at one instant of [from_at, to_at), the order `besides` left out.
    -- The bound on starts_at is the longest reservation (CHECK reservation_duration_bounded).
    WITH held AS (
        SELECT greatest(starts_at, from_at) AS starts_at, ends_at, quantity
        FROM payments_reservation
        WHERE product_id = product AND is_active
          AND starts_at < to_at AND ends_at > from_at
          AND starts_at > from_at - interval '430 days'
          AND (besides IS NULL OR order_id <> besides)
    ), steps AS (
        SELECT at, sum(change) AS change
        FROM (
            SELECT starts_at AS at, quantity AS change FROM held
            UNION ALL
            SELECT ends_at, -quantity FROM held
        ) AS changes
        GROUP BY at
    )
    SELECT coalesce(max(level), 0)::bigint
    FROM (SELECT sum(change) OVER (ORDER BY at) AS level FROM steps) AS levels
$$
"""

MOVE = """
CREATE FUNCTION payments_move_units(added payments_reservation[], removed payments_reservation[])
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
        RETURNING product_id, used
    )
    SELECT array_agg(DISTINCT product_id) INTO crowded
    FROM counted
    -- A look-up for each, since for a join the planner would read all products.
    WHERE used > (SELECT units FROM catalog_product WHERE id = counted.product_id);

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
      AND NOT EXISTS (  -- what only shrinks asks for nothing
          SELECT FROM unnest(removed) AS before
          WHERE before.id = wanted.id AND before.is_active
            AND before.product_id = wanted.product_id AND before.quantity >= wanted.quantity
            AND before.starts_at <= wanted.starts_at AND before.ends_at >= wanted.ends_at)
      AND payments_peak(wanted.product_id, wanted.starts_at, wanted.ends_at, NULL) > product.units;

    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'not enough units' USING ERRCODE = 'RW001', DETAIL = short::text;
    END IF;
END
$$
"""

TRIGGERS = """
CREATE FUNCTION payments_units_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payments_move_units((SELECT array_agg(ROW(r.*)::payments_reservation) FROM new_rows r), NULL);
    RETURN NULL;
END $$;
CREATE FUNCTION payments_units_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payments_move_units(
        (SELECT array_agg(ROW(r.*)::payments_reservation) FROM new_rows r), (SELECT array_agg(ROW(r.*)::payments_reservation) FROM old_rows r));
    RETURN NULL;
END $$;
CREATE FUNCTION payments_units_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payments_move_units(NULL, (SELECT array_agg(ROW(r.*)::payments_reservation) FROM old_rows r));
    RETURN NULL;
END $$;
CREATE TRIGGER payments_units_added AFTER INSERT ON payments_reservation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION payments_units_added();
CREATE TRIGGER payments_units_changed AFTER UPDATE ON payments_reservation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION payments_units_changed();
CREATE TRIGGER payments_units_removed AFTER DELETE ON payments_reservation
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION payments_units_removed();
"""

UNPAID = """
CREATE FUNCTION payments_unpaid_orders(customer uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    unpaid bigint;
BEGIN
    -- A customer's orders are placed one after another, or the limit on them could be outrun.
    PERFORM FROM accounts_user WHERE id = customer FOR NO KEY UPDATE;
    -- A new statement, hence a new snapshot: it sees what was committed while we waited above.
    SELECT count(*) INTO unpaid FROM payments_rentalorder
    WHERE customer_id = customer AND status = 'PENDING';
    RETURN unpaid;
END $$;
"""

HISTORY = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of orders is append-only';
END $$;
CREATE TRIGGER payments_orderevent_append_only BEFORE UPDATE OR DELETE ON payments_orderevent
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();

-- Whoever writes history outdates what is cached of the customer's orders, in his transaction.
CREATE FUNCTION payments_outdate_lists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET cache_version = cache_version + 1
    WHERE id IN (
        SELECT customer_id FROM payments_rentalorder
        WHERE payments_rentalorder.id IN (SELECT order_id FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER payments_orderevent_outdates_lists AFTER INSERT ON payments_orderevent
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION payments_outdate_lists();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(
            PEAK, "DROP FUNCTION payments_peak(uuid, timestamptz, timestamptz, uuid)"
        ),
        migrations.RunSQL(
            MOVE,
            "DROP FUNCTION payments_move_units(payments_reservation[], payments_reservation[])",
        ),
        migrations.RunSQL(
            TRIGGERS,
            "DROP FUNCTION payments_units_added() CASCADE;"
            " DROP FUNCTION payments_units_changed() CASCADE;"
            " DROP FUNCTION payments_units_removed() CASCADE;",
        ),
        migrations.RunSQL(UNPAID, "DROP FUNCTION payments_unpaid_orders(uuid)"),
        migrations.RunSQL(
            HISTORY,
            "DROP FUNCTION payments_refuse_change() CASCADE;"
            " DROP FUNCTION payments_outdate_lists() CASCADE;",
        ),
    ]
