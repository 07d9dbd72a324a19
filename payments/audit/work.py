"""What goes out and what comes in: once each, and none left lying (I14 to I19, I23, I26)."""

from typing import Final

from payments.audit.invariant import Invariant

INVARIANTS: Final = (
    Invariant(
        "I14",
        "an event is stored once and applied at most once",
        """
        SELECT event_id FROM audit.events
        GROUP BY event_id HAVING count(*) > 1 OR max(apply_count) > 1
        """,
    ),
    Invariant(
        "I15",
        "no event waits to be applied",
        "SELECT event_id, type FROM audit.events WHERE state = 'received'",
        at_rest=True,
    ),
    Invariant(
        "I16",
        "whatever of ours is at the provider was written down here before it was sent",
        """
        SELECT external, intent_id FROM (
            SELECT session_id AS external, intent_id FROM audit.sessions
            UNION ALL
            SELECT stripe_refund_id, intent_id FROM audit.refunds WHERE intent_id IS NOT NULL
            UNION ALL
            SELECT external_id, intent_id FROM audit.intents WHERE kind IN ('hold', 'charge')
        ) AS ours LEFT JOIN audit.intents i USING (intent_id)
        WHERE external IS NOT NULL
            AND (i.first_sent_at IS NULL OR i.created_at > i.first_sent_at)
        """,
    ),
    Invariant(
        "I16",
        "nothing was sent before it was written down",
        "SELECT intent_id, kind FROM audit.intents WHERE first_sent_at < created_at",
    ),
    Invariant(
        "I17",
        "an idempotency key and a provider's object belong to one intent each",
        """
        SELECT idempotency_key FROM audit.intents
        GROUP BY idempotency_key HAVING count(*) > 1
        UNION ALL
        SELECT external_id FROM audit.intents
        GROUP BY external_id HAVING count(external_id) > 1
        """,
    ),
    Invariant(
        "I18",
        "no intent is stuck",
        "SELECT intent_id, kind, state FROM audit.intents WHERE state IN ('pending', 'sent')",
        at_rest=True,
    ),
    Invariant(
        "I18",
        "nobody holds a lease",
        """
        SELECT id FROM payments_payment WHERE lease_until > now()
        UNION ALL SELECT id FROM payments_refund WHERE lease_until > now()
        UNION ALL SELECT id FROM payments_webhookevent WHERE lease_until > now()
        UNION ALL SELECT id FROM payments_paymentnotification WHERE lease_until > now()
        """,
        at_rest=True,
    ),
    Invariant(
        "I18",
        "no job of ours waits",
        """
        SELECT id, task_name FROM procrastinate_jobs
        WHERE status = 'todo' AND task_name LIKE 'payments.%'
        """,
        at_rest=True,
    ),
    Invariant(
        "I19",
        "an order has at most one payable session per purpose, and it asks no more than is owed",
        """
        SELECT s.order_id, s.purpose, count(*), max(s.amount_minor)
        FROM audit.sessions s JOIN audit.orders o USING (order_id)
        WHERE s.state IN ('creating', 'open')
        GROUP BY s.order_id, s.purpose, o.total_minor, o.deposit_minor
        HAVING count(*) > 1 OR (
            max(s.amount_minor) > o.total_minor + o.deposit_minor AND s.purpose <> 'extension')
        """,
    ),
    Invariant(
        "I19",
        "a change is paid for while it waits, and asks what the order becomes dearer by",
        """
        SELECT s.order_id, s.session_id, s.amount_minor, c.difference_minor
        FROM audit.sessions s
        LEFT JOIN payments_orderchange c
            ON c.payment_id::text = s.intent_id AND c.status = 'PENDING'
        WHERE s.purpose = 'extension' AND s.state IN ('creating', 'open')
            AND s.amount_minor IS DISTINCT FROM c.difference_minor
        """,
        at_rest=True,
    ),
    Invariant(
        "I19",
        "the change of an unpaid order waits for nothing but the end of its checkouts",
        """
        SELECT id, order_id FROM payments_orderchange
        WHERE status = 'PENDING' AND payment_id IS NULL
        """,
        at_rest=True,
    ),
    Invariant(
        "I19",
        "nobody can pay for an order that does not wait for it",
        """
        SELECT o.number, o.state, s.session_id
        FROM audit.sessions s JOIN audit.orders o USING (order_id)
        WHERE s.state IN ('creating', 'open') AND s.purpose = 'initial' AND o.state <> 'PENDING'
        """,
        at_rest=True,
    ),
    Invariant(
        "I23",
        "each fact is told in one message",
        "SELECT dedupe_key FROM audit.messages GROUP BY dedupe_key HAVING count(*) > 1",
    ),
    Invariant(
        "I26",
        "messages go to the order's customer alone",
        """
        SELECT m.message_id, o.number FROM audit.messages m JOIN audit.orders o USING (order_id)
        WHERE m.recipient_id <> o.customer_id
        """,
    ),
)
