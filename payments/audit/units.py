"""Units: never more than there are, and held exactly for live orders (I10 to I13)."""

from typing import Final

from payments.audit.invariant import Invariant

INVARIANTS: Final = (
    Invariant(
        "I10",
        "at no instant are more units promised than there are, but for those that broke since",
        """
        WITH held AS (
            SELECT product_id, starts_at, ends_at, quantity
            FROM audit.reservations WHERE state <> 'released'
            UNION ALL
            SELECT product_id::text, starts_at, ends_at, -quantity
            FROM catalog_supplychange WHERE quantity > 0
        )
        SELECT product_id, at, held, units FROM (
            SELECT product_id, at,
                sum(sum(change)) OVER (PARTITION BY product_id ORDER BY at) AS held
            FROM (
                SELECT product_id, starts_at AS at, quantity AS change FROM held
                UNION ALL
                SELECT product_id, ends_at, -quantity FROM held WHERE ends_at IS NOT NULL
            ) AS changes GROUP BY product_id, at
        ) AS levels JOIN catalog_product AS product ON product.id::text = product_id
        WHERE held > units
        """,
    ),
    Invariant(
        "I10",
        "the day counters of the units gate equal the reservations",
        """
        SELECT product_id, day, coalesce(used, 0), coalesce(held, 0)
        FROM (SELECT product_id, day, used FROM payments_productday) AS counted
        FULL JOIN (
            SELECT product_id, at::date AS day, sum(quantity) AS held
            FROM payments_reservation, generate_series(
                date_trunc('day', starts_at AT TIME ZONE 'UTC'),
                (ends_at - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') AS at
            WHERE is_active AND isfinite(starts_at) AND isfinite(ends_at)
            GROUP BY product_id, at::date
        ) AS summed USING (product_id, day)
        WHERE coalesce(used, 0) <> coalesce(held, 0)
        """,
    ),
    Invariant(
        "I11",
        "live orders hold the units of their lines or of their kits' parts, and no others any",
        """
        SELECT o.number, o.state, product_id, wanted, held
        FROM (
            SELECT order_id, product_id, sum(wanted) AS wanted, sum(held) AS held FROM (
                SELECT order_id::text, product_id::text, quantity AS wanted, 0 AS held
                FROM payments_rentalorderitem WHERE parts = '[]'
                UNION ALL
                SELECT order_id::text, part.product_id, item.quantity * part.quantity, 0
                FROM payments_rentalorderitem AS item,
                    jsonb_to_recordset(parts) AS part (product_id text, quantity integer)
                UNION ALL
                SELECT shown.order_id, shown.product_id, 0, shown.quantity
                FROM audit.reservations AS shown
                JOIN payments_reservation AS held ON held.id::text = reservation_id
                WHERE state <> 'released' AND change_id IS NULL
            ) AS counted GROUP BY order_id, product_id
        ) AS sums JOIN audit.orders o USING (order_id)
        WHERE held <> CASE WHEN o.state IN ('PENDING', 'CONFIRMED', 'PICKED_UP')
            THEN wanted ELSE 0 END
        """,
    ),
    Invariant(
        "I11",
        "units are held for a change exactly as long as it waits for its payment",
        """
        SELECT r.id, r.order_id, c.status FROM payments_reservation r
        JOIN payments_orderchange c ON c.id = r.change_id
        WHERE c.status <> 'PENDING' OR NOT r.is_active OR r.order_id <> c.order_id
        """,
    ),
    Invariant(
        "I11",
        "the units of a line are reserved, out or back as its movements say",
        """
        SELECT item.id, held.product_id, held.reserved, held.out, moved.out AS moved_out
        FROM (
            SELECT item_id, product_id, sum(quantity) AS total,
                coalesce(sum(quantity) FILTER (WHERE stage = 'RESERVED'), 0) AS reserved,
                coalesce(sum(quantity) FILTER (WHERE stage = 'OUT'), 0) AS out
            FROM payments_reservation GROUP BY item_id, product_id
        ) AS held
        JOIN payments_rentalorderitem AS item ON item.id = held.item_id
        JOIN (
            SELECT line.id AS item_id,
                coalesce(sum(moves.quantity) FILTER (WHERE kind = 'OUT'), 0)
                    - coalesce(sum(moves.quantity) FILTER (WHERE kind = 'BACK'), 0) AS out,
                line.quantity
                    - coalesce(sum(moves.quantity) FILTER (WHERE kind <> 'BACK'), 0) AS reserved
            FROM payments_rentalorderitem AS line
            LEFT JOIN payments_movement AS moves
                ON moves.item_id = line.id AND moves.undone_at IS NULL
            GROUP BY line.id, line.quantity
        ) AS moved ON moved.item_id = item.id
        WHERE held.out * item.quantity <> moved.out * held.total
            OR held.reserved * item.quantity <> moved.reserved * held.total
        """,
    ),
    Invariant(
        "I11",
        "as many units with serial numbers are out for a line as its movements say",
        """
        SELECT item.id, held.product_id, held.out, bound.units
        FROM (
            SELECT item_id, product_id, sum(quantity) FILTER (WHERE stage = 'OUT') AS out
            FROM payments_reservation GROUP BY item_id, product_id
        ) AS held
        JOIN payments_rentalorderitem AS item ON item.id = held.item_id
        FULL JOIN (
            SELECT binding.item_id, unit.product_id, count(*) AS units
            FROM payments_unitbinding AS binding JOIN catalog_unit AS unit ON unit.id = unit_id
            WHERE released_at IS NULL GROUP BY binding.item_id, unit.product_id
        ) AS bound ON bound.item_id = held.item_id AND bound.product_id = held.product_id
        WHERE bound.units <> coalesce(held.out, 0) OR held.item_id IS NULL
        """,
    ),
    Invariant(
        "I11",
        "a product whose units have serial numbers has as many as are not retired",
        """
        SELECT product.id, product.units, count(unit.id)
        FROM catalog_product AS product LEFT JOIN catalog_unit AS unit
            ON unit.product_id = product.id AND unit.retired_at IS NULL
        WHERE product.tracks_units
        GROUP BY product.id HAVING product.units <> count(unit.id)
        """,
    ),
    Invariant(
        "I12",
        "units are held for an end that is not long past, unless money is on its way",
        """
        SELECT r.reservation_id, r.state, r.expires_at FROM audit.reservations r
        WHERE (r.state <> 'held' AND r.expires_at IS NOT NULL)
           OR (r.state = 'held' AND coalesce(r.expires_at < now() - interval '5 minutes', true)
               AND NOT EXISTS (SELECT FROM audit.payments p
                   WHERE p.order_id = r.order_id AND p.state = 'processing'))
        """,
        at_rest=True,
    ),
    Invariant(
        "I13",
        "every reservation has a finite interval that is not empty",
        """
        SELECT reservation_id, starts_at::text, ends_at::text FROM audit.reservations
        WHERE ends_at <= starts_at OR NOT isfinite(starts_at) OR NOT isfinite(ends_at)
        """,
    ),
)
