"""Documents: numbers without gaps, and invoices that say what the books said (I27, I28)."""

from typing import Final

from payments.audit.invariant import Invariant

INVARIANTS: Final = (
    Invariant(
        "I27",
        "the documents of a kind have all numbers from one to the last",
        """
        SELECT coalesce(n.kind, d.kind), n.last, count(d.id), max(d.serial) FROM (
            SELECT id, kind, split_part(number, '-', 2)::bigint AS serial FROM payments_document
        ) AS d FULL JOIN payments_documentnumber n ON n.kind = d.kind
        GROUP BY coalesce(n.kind, d.kind), n.last
        HAVING n.last IS NULL OR count(d.id) <> n.last OR max(d.serial) <> n.last
        """,
    ),
    Invariant(
        "I28",
        "invoices less credit notes are what the books said that the order costs",
        """
        SELECT o.order_number, issued.minor, booked.minor FROM (
            SELECT order_id, sum(total_minor) AS minor, max(as_of_id) AS as_of
            FROM payments_document WHERE kind IN ('INVOICE', 'CREDIT_NOTE') GROUP BY order_id
        ) AS issued
        JOIN payments_rentalorder o ON o.id = issued.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(e.amount_minor), 0) AS minor FROM payments_ledgertransaction t
            JOIN payments_ledgerentry e ON e.transaction_id = t.id
            WHERE t.order_id = o.id AND t.id <= issued.as_of
              AND e.account IN ('rent', 'tax', 'fee', 'damage')
        ) AS booked
        WHERE issued.minor <> booked.minor
        """,
    ),
    Invariant(
        "I28",
        "a credit note takes back all of one invoice of its order",
        """
        SELECT note.number, note.total_minor, invoice.number, invoice.total_minor
        FROM payments_document note LEFT JOIN payments_document invoice
            ON invoice.id = note.corrects_id AND invoice.kind = 'INVOICE'
            AND invoice.order_id = note.order_id
        WHERE note.kind = 'CREDIT_NOTE'
            AND invoice.total_minor IS DISTINCT FROM -note.total_minor
        """,
    ),
    Invariant(
        "I28",
        "a receipt is what the customer paid since the invoice or receipt before it",
        """
        SELECT receipt.number, receipt.total_minor, paid.minor FROM payments_document receipt
        CROSS JOIN LATERAL (
            SELECT max(told.as_of_id) AS until FROM payments_document told
            WHERE told.order_id = receipt.order_id AND told.kind IN ('INVOICE', 'RECEIPT')
              AND told.as_of_id < receipt.as_of_id
        ) AS before
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(e.amount_minor), 0) AS minor FROM payments_ledgertransaction t
            JOIN payments_ledgerentry e ON e.transaction_id = t.id AND e.account = 'customer'
            WHERE t.order_id = receipt.order_id AND right(t.reference, 9) = ':captured'
              AND t.id > before.until AND t.id <= receipt.as_of_id
        ) AS paid
        WHERE receipt.kind = 'RECEIPT' AND receipt.total_minor <> paid.minor
        """,
    ),
)
