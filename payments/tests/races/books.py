"""The invariants of design/reliability.md as SQL: each query returns what offends against it."""

from typing import Any, Final

from django.db import connection

from payments.models import Payment, Refund
from payments.tests.sandbox import Sandbox

INVARIANTS: Final = {
    "I03 an order's amounts are the sums of its lines": """
        SELECT o.order_number FROM payments_rentalorder o
        JOIN (SELECT order_id, sum(rent_minor) AS rent, sum(tax_minor) AS tax,
                     sum(deposit_minor) AS deposit
              FROM payments_rentalorderitem GROUP BY order_id) l ON l.order_id = o.id
        WHERE (l.rent, l.tax, l.deposit) <> (o.rent_minor, o.tax_minor, o.deposit_minor)
    """,
    "I04 a payment's sums equal its refunds and stay within what was captured": """
        SELECT p.id, p.refund_reserved_minor, p.refunded_minor FROM payments_payment p
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS live,
                   coalesce(sum(amount_minor) FILTER (WHERE status = 'SUCCEEDED'), 0) AS done
            FROM payments_refund r
            WHERE r.payment_id = p.id AND status IN ('PENDING', 'PROCESSING', 'SUCCEEDED')
        ) r ON true
        WHERE (p.refund_reserved_minor, p.refunded_minor) <> (r.live, r.done)
           OR p.refund_reserved_minor > p.captured_minor OR p.captured_minor > p.amount_minor
    """,
    "I05 nobody has paid more than the order asks": """
        SELECT order_number, kept, due FROM audit_money WHERE kept > due
    """,
    "I06 a live order is paid, by whatever has gone back since": """
        SELECT order_number, status FROM audit_money
        WHERE status IN ('CONFIRMED', 'PICKED_UP', 'RETURNED', 'COMPLETED') AND captured < due
    """,
    "I07 an ended order keeps only what its policy says": """
        SELECT order_number, status, kept, kept_minor FROM audit_money
        WHERE status IN ('CANCELLED', 'EXPIRED') AND kept <> kept_minor AND attention = ''
    """,
    "I10 at no instant are more units held than there are": """
        SELECT r.id FROM payments_reservation r JOIN catalog_product p ON p.id = r.product_id
        WHERE r.is_active AND payments_peak(p.id, r.starts_at, r.ends_at, NULL) > p.units
    """,
    "I11 units are held exactly for live orders": """
        SELECT o.order_number, o.status FROM payments_reservation r
        JOIN payments_rentalorder o ON o.id = r.order_id
        WHERE r.is_active <> (o.status IN ('PENDING', 'CONFIRMED', 'PICKED_UP'))
    """,
    "I11 every line has its units": """
        SELECT i.id FROM payments_rentalorderitem i
        LEFT JOIN payments_reservation r ON r.item_id = i.id
        GROUP BY i.id, i.quantity HAVING coalesce(sum(r.quantity), 0) <> i.quantity
    """,
    "I11 the day counters equal the rows": """
        SELECT product_id, day, coalesce(used, 0), coalesce(held, 0)
        FROM (SELECT product_id, day, used FROM payments_productday) AS counted
        FULL JOIN (
            SELECT product_id, at::date AS day, sum(quantity) AS held
            FROM payments_reservation, generate_series(
                date_trunc('day', starts_at AT TIME ZONE 'UTC'),
                (ends_at - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') AS at
            WHERE is_active GROUP BY product_id, at::date
        ) AS summed USING (product_id, day)
        WHERE coalesce(used, 0) <> coalesce(held, 0)
    """,
    "I12 an unpaid order has an end, any other has none": """
        SELECT order_number, status FROM payments_rentalorder o
        WHERE (status = 'PENDING') <> (hold_expires_at IS NOT NULL) AND attention = ''
    """,
    "I19 an order has at most one payable session": """
        SELECT order_id FROM payments_payment
        WHERE status IN ('PENDING', 'PROCESSING', 'AUTHORIZED')
        GROUP BY order_id HAVING count(*) > 1
    """,
    "I21 a history is an unbroken chain": """
        SELECT order_id FROM (
            SELECT order_id, from_status,
                   lag(to_status, 1, '') OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM payments_orderevent WHERE to_status <> ''
        ) AS steps WHERE from_status <> before
    """,
    "I22 a history ends in the order's status": """
        SELECT o.order_number, o.status, e.to_status FROM payments_rentalorder o
        LEFT JOIN LATERAL (SELECT to_status FROM payments_orderevent
            WHERE order_id = o.id AND to_status <> '' ORDER BY id DESC LIMIT 1) e ON true
        WHERE o.status IS DISTINCT FROM e.to_status
    """,
}

# Held only once everything has come to rest.
AT_REST: Final = {
    "I19 nobody can pay for an order that has ended": """
        SELECT o.order_number, o.status FROM payments_rentalorder o
        JOIN payments_payment p ON p.order_id = o.id
        WHERE p.status IN ('PENDING', 'PROCESSING', 'AUTHORIZED') AND o.status <> 'PENDING'
    """,
    "I15 no event waits": "SELECT event_id FROM payments_webhookevent WHERE status = 'RECEIVED'",
    "I18 no refund waits to be sent": "SELECT id FROM payments_refund WHERE status = 'PENDING'",
    "I23 no message waits": """
        SELECT kind FROM payments_paymentnotification WHERE status = 'PENDING'
    """,
    "nobody holds a lease": """
        SELECT id FROM payments_payment WHERE lease_until > now()
        UNION ALL SELECT id FROM payments_refund WHERE lease_until > now()
        UNION ALL SELECT id FROM payments_webhookevent WHERE lease_until > now()
    """,
    "no job waits": "SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'",
}

_MONEY = """
    WITH audit_money AS (
        SELECT o.order_number, o.status, o.kept_minor, o.attention,
               o.rent_minor + o.tax_minor + o.deposit_minor AS due,
               coalesce(paid.captured, 0) AS captured,
               coalesce(paid.captured, 0) - coalesce(paid.reserved, 0) AS kept
        FROM payments_rentalorder o
        LEFT JOIN (SELECT order_id, sum(captured_minor) AS captured,
                          sum(refund_reserved_minor) AS reserved
                   FROM payments_payment GROUP BY order_id) paid ON paid.order_id = o.id
    )
"""


def broken(*, at_rest: bool = False) -> dict[str, list[Any]]:
    """The invariants that do not hold now, each with its offending rows."""
    found = {}
    with connection.cursor() as cursor:
        for name, query in (INVARIANTS | (AT_REST if at_rest else {})).items():
            cursor.execute((_MONEY if "audit_money" in query else "") + query)
            if rows := cursor.fetchall():
                found[name] = rows
    return found


REFUND_STATUS: Final = {
    "pending": "PROCESSING",
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "canceled": "CANCELLED",
}


def strangers(sandbox: Sandbox) -> list[str]:
    """Predicate P1: money at Stripe that our books do not show, or show otherwise."""
    found = []
    for intent in sandbox.get("/v1/payment_intents", limit="100")["data"]:
        rows = list(Payment.objects.filter(intent_id=intent["id"]))
        if intent["amount_received"] != sum(row.captured_minor for row in rows):
            found.append(f"{intent['id']} received {intent['amount_received']}, ours: {rows}")
    for refund in sandbox.get("/v1/refunds", limit="100")["data"]:
        row = Refund.objects.filter(gateway_refund_id=refund["id"]).first()
        ours = (row.amount_minor, row.status) if row else None
        if ours != (refund["amount"], REFUND_STATUS[refund["status"]]):
            found.append(f"{refund['id']} {refund['amount']} {refund['status']}, ours: {ours}")
    return found


def assert_books(sandbox: Sandbox | None = None, *, at_rest: bool = True) -> None:
    """All invariants hold, and with a sandbox its books and ours show the same money."""
    found = broken(at_rest=at_rest)
    assert not found, found
    unknown = strangers(sandbox) if sandbox else []
    assert not unknown, unknown
