"""What is asked of a product's units over time, for the exact peak and for calendars alike; and the
long rentals in an index of their own, or each question would read 460 days of the product's past
(docs/adr/0003)."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

LEVELS = """
CREATE FUNCTION payments_levels(
    product uuid, from_at timestamptz, to_at timestamptz, besides uuid)
RETURNS TABLE (at timestamptz, level bigint) LANGUAGE plpgsql STABLE PARALLEL SAFE
-- Planned once for each connection: planning takes longer than the answer.
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    -- What is asked of the product's own units within [from_at, to_at): so much from each instant
    -- to the next, the first of which is from_at. The reservations of the order `besides` are left
    -- out; below zero where supply was added.
    RETURN QUERY WITH held AS (
        SELECT starts_at, ends_at, quantity
        FROM payments_reservation
        WHERE product_id = product AND is_active
          AND starts_at < to_at AND ends_at > from_at
          AND starts_at > from_at - interval '240 hours'
          AND (besides IS NULL OR order_id <> besides)
        UNION ALL
        -- What began earlier must be long, and is looked for by its end: the future has less of it
        -- than the past. The last two lines follow from the others and the longest reservation
        -- (CHECK reservation_duration_bounded); they are there for reservation_long_by_end.
        SELECT starts_at, ends_at, quantity
        FROM payments_reservation
        WHERE product_id = product AND is_active
          AND starts_at <= from_at - interval '240 hours' AND ends_at > from_at
          AND (besides IS NULL OR order_id <> besides)
          AND ends_at < from_at + interval '460 days'
          AND ends_at - starts_at > interval '240 hours'
        UNION ALL
        SELECT starts_at, ends_at, quantity::integer FROM payments_uncounted(product, besides)
        WHERE starts_at < to_at AND (ends_at IS NULL OR ends_at > from_at)
        UNION ALL
        SELECT from_at, NULL, 0
    )
    -- Changes at one instant are peers: each of their rows has the level after all of them.
    SELECT step.at, sum(step.change) OVER (ORDER BY step.at)
    FROM held, LATERAL (
        VALUES (greatest(starts_at, from_at), quantity), (ends_at, -quantity)
    ) AS step (at, change)
    WHERE step.at < to_at;
END
$$
"""

PEAK = """
CREATE OR REPLACE FUNCTION payments_peak(
    product uuid, from_at timestamptz, to_at timestamptz, besides uuid)
RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    -- The most that is asked of the product's own units at one instant of [from_at, to_at).
    RETURN (SELECT max(level) FROM payments_levels(product, from_at, to_at, besides));
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0019_board")]

    operations = [
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=Q(
                    GreaterThan(F("ends_at") - F("starts_at"), timedelta(days=10)), is_active=True
                ),
                fields=["product", "ends_at", "starts_at"],
                include=["quantity", "order"],
                name="reservation_long_by_end",
            ),
        ),
        # With the order, all that is asked for stands in the index.
        migrations.RemoveIndex(model_name="reservation", name="reservation_active_by_start"),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=Q(is_active=True),
                fields=["product", "starts_at", "ends_at"],
                include=["quantity", "order"],
                name="reservation_active_by_start",
            ),
        ),
        migrations.RunSQL(
            LEVELS, "DROP FUNCTION payments_levels(uuid, timestamptz, timestamptz, uuid)"
        ),
        migrations.RunSQL(PEAK, migrations.RunSQL.noop),
    ]
