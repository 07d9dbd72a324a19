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
        -- What began earlier must be long. The last line follows from the others; it is there for
        -- the index (reservation_long_by_start). The bound on starts_at is the longest reservation
        -- (CHECK reservation_duration_bounded).
        SELECT starts_at, ends_at, quantity
        FROM payments_reservation
        WHERE product_id = product AND is_active
          AND starts_at <= from_at - interval '240 hours' AND ends_at > from_at
          AND starts_at > from_at - interval '460 days'
          AND (besides IS NULL OR order_id <> besides)
          AND ends_at - starts_at > interval '240 hours'
        UNION ALL
        SELECT starts_at, ends_at, quantity FROM payments_uncounted(product)
        WHERE starts_at < to_at AND (ends_at IS NULL OR ends_at > from_at)
        UNION ALL
        SELECT from_at, NULL, 0
    ), steps AS (
        SELECT changes.at, sum(change) AS change
        FROM (
            SELECT greatest(starts_at, from_at) AS at, quantity AS change FROM held
            UNION ALL
            SELECT ends_at, -quantity FROM held WHERE ends_at < to_at
        ) AS changes
        GROUP BY changes.at
    )
    SELECT steps.at, sum(change) OVER (ORDER BY steps.at)::bigint FROM steps;
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
                fields=["product", "starts_at", "ends_at"],
                include=["quantity", "order"],
                name="reservation_long_by_start",
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
