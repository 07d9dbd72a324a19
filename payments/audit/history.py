"""History: numbers, and the steps that an order took (I20 to I22)."""

from typing import Final

from payments.audit.invariant import Invariant
from payments.domain.states import ORDER_STEPS

_LEGAL_STEPS: Final = ", ".join(
    f"('{old.value}', '{new.value}')" for old, steps in ORDER_STEPS.items() for new in sorted(steps)
)

INVARIANTS: Final = (
    Invariant(
        "I20",
        "an order's number is its own",
        "SELECT number, count(*) FROM audit.orders GROUP BY number HAVING count(*) > 1",
    ),
    Invariant(
        "I21",
        "an order's history is an unbroken chain of legal steps",
        f"""
        SELECT order_id, seq, before, from_state, to_state FROM (
            SELECT order_id, seq, from_state, to_state,
                lag(to_state) OVER (PARTITION BY order_id ORDER BY seq) AS before
            FROM audit.order_events
        ) AS steps
        WHERE from_state IS DISTINCT FROM before
           OR (from_state IS NULL AND to_state NOT IN ('DRAFT', 'PENDING'))
           OR (from_state IS NOT NULL
               AND (from_state, to_state) NOT IN (VALUES {_LEGAL_STEPS}))
        """,
    ),
    Invariant(
        "I22",
        "an order's history ends in its state",
        """
        SELECT o.number, o.state, last.to_state FROM audit.orders o
        LEFT JOIN (
            SELECT DISTINCT ON (order_id) order_id, to_state FROM audit.order_events
            ORDER BY order_id, seq DESC
        ) AS last USING (order_id)
        WHERE o.state IS DISTINCT FROM last.to_state
        """,
    ),
)
