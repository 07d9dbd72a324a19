"""Money: the ledger, payments and refunds, and what an order asks for (I01 to I09, I24, I25)."""

from typing import Final

from payments.audit.invariant import Invariant

# Per order: what arrived, what is going back or has, what a bank has sent back to us, what is left
# of it all at the payment service, and what of that a dispute keeps from being refunded (D6.10) or
# is on its way back.
_MONEY = """
    WITH money AS (
        SELECT o.order_id, o.number, o.state, o.total_minor + o.deposit_minor AS asked,
            coalesce(sum(p.captured_minor), 0) AS captured,
            coalesce(sum(r.live), 0) AS given_back, coalesce(sum(r.failed), 0) AS failed,
            coalesce(sum(p.captured_minor - p.refunded_minor - coalesce(d.taken, 0)), 0) AS cash,
            coalesce(sum(d.taken), 0) AS taken,
            coalesce(sum(p.captured_minor - coalesce(r.live, 0)) FILTER (WHERE d.blocks), 0)
                AS blocked,
            coalesce(sum(r.live - p.refunded_minor), 0) AS on_its_way,
            coalesce(bool_or(p.kind = 'installment' AND p.captured_minor > 0), false) AS in_parts
        FROM audit.orders o
        LEFT JOIN audit.payments p ON p.order_id = o.order_id
        LEFT JOIN (
            SELECT payment_id,
                coalesce(sum(amount_minor) FILTER (
                    WHERE state IN ('pending', 'requires_action', 'succeeded')), 0) AS live,
                coalesce(sum(amount_minor) FILTER (WHERE state = 'failed'), 0) AS failed
            FROM audit.refunds GROUP BY payment_id
        ) r ON r.payment_id = p.payment_id
        LEFT JOIN (
            SELECT payment_id::text AS payment_id,
                sum(amount_minor) FILTER (
                    WHERE withdrawn_at IS NOT NULL AND reinstated_at IS NULL) AS taken,
                bool_or(status IN ('NEEDS_RESPONSE', 'UNDER_REVIEW', 'LOST')) AS blocks
            FROM payments_dispute GROUP BY payment_id
        ) d ON d.payment_id = p.payment_id
        GROUP BY o.order_id, o.number, o.state, o.total_minor, o.deposit_minor
    ), accounts AS (
        SELECT order_id,
            coalesce(sum(amount_minor) FILTER (WHERE account = 'customer'), 0) AS customer,
            coalesce(sum(amount_minor) FILTER (WHERE account = 'deposit'), 0) AS deposit,
            coalesce(sum(amount_minor) FILTER (WHERE account LIKE '%\\_clearing'), 0) AS cash
        FROM audit.ledger GROUP BY order_id
    )
"""

INVARIANTS: Final = (
    Invariant(
        "I01",
        "each ledger transaction sums to zero per currency",
        """
        SELECT tx_ref, currency, sum(amount_minor) FROM audit.ledger
        GROUP BY tx_id, tx_ref, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    Invariant(
        "I02",
        "an order has one currency, in everything that belongs to it",
        """
        SELECT order_id, array_agg(DISTINCT currency) FROM (
            SELECT order_id, currency FROM audit.orders
            UNION ALL SELECT order_id, currency FROM audit.sessions
            UNION ALL SELECT order_id, currency FROM audit.payments
            UNION ALL SELECT order_id, currency FROM audit.ledger
            UNION ALL SELECT p.order_id, r.currency
                FROM audit.refunds r JOIN audit.payments p USING (payment_id)
        ) AS found GROUP BY order_id HAVING count(DISTINCT currency) > 1
        """,
    ),
    Invariant(
        "I03",
        "an order's total is the sum of its lines, which have sound quantities and prices",
        """
        SELECT o.number, o.total_minor, sum(l.line_total_minor)
        FROM audit.orders o LEFT JOIN audit.order_lines l ON l.order_id = o.order_id
        GROUP BY o.order_id, o.number, o.total_minor
        HAVING o.total_minor <> coalesce(sum(l.line_total_minor), 0)
            OR bool_or(l.quantity < 1 OR l.unit_price_minor * l.quantity <> l.line_total_minor
                OR (l.kind = 'discount') <> (l.unit_price_minor < 0))
        """,
    ),
    Invariant(
        "I03",
        "a coupon is counted as often as orders use it",
        """
        SELECT c.code, c.redeemed, count(r.id) FROM payments_coupon c
        LEFT JOIN payments_couponredemption r ON r.coupon_id = c.id AND r.is_active
        GROUP BY c.id HAVING c.redeemed <> count(r.id)
        """,
    ),
    Invariant(
        "I03",
        "an order's deposit is the sum of its lines'",
        """
        SELECT o.order_number FROM payments_rentalorder o
        JOIN payments_rentalorderitem i ON i.order_id = o.id
        GROUP BY o.id HAVING o.deposit_minor <> sum(i.deposit_minor)
        """,
    ),
    Invariant(
        "I03",
        "the books charge what a binding order costs",
        """
        SELECT o.order_number, part.account, costs, coalesce(-sum(entry.amount_minor), 0)
        FROM payments_rentalorder o
        CROSS JOIN LATERAL (VALUES
            ('rent', o.rent_minor), ('tax', o.tax_minor), ('fee', o.fee_minor),
            ('deposit', CASE WHEN o.deposit_strategy = 'CHARGE' THEN o.deposit_minor ELSE 0 END)
        ) AS part (account, costs)
        LEFT JOIN (
            payments_ledgertransaction fact
            JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id
        ) ON fact.order_id = o.id AND entry.account = part.account
        WHERE o.status IN ('CONFIRMED', 'PICKED_UP')
        GROUP BY o.id, part.account, costs HAVING costs <> coalesce(-sum(entry.amount_minor), 0)
        """,
    ),
    Invariant(
        "I04",
        "no more is captured than was asked, and no more goes back than was captured",
        """
        SELECT p.payment_id, p.amount_minor, p.captured_minor, p.refunded_minor
        FROM audit.payments p LEFT JOIN audit.refunds r ON r.payment_id = p.payment_id
        GROUP BY p.payment_id, p.amount_minor, p.captured_minor, p.refunded_minor
        HAVING p.captured_minor > p.amount_minor
            OR coalesce(sum(r.amount_minor) FILTER (
                WHERE r.state IN ('pending', 'requires_action', 'succeeded')), 0) > p.captured_minor
            OR coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 'succeeded'), 0)
                <> p.refunded_minor
        """,
    ),
    Invariant(
        "I04",
        "the room that refunds take is what the refunds say",
        """
        SELECT p.id, p.refund_reserved_minor, coalesce(sum(r.amount_minor), 0)
        FROM payments_payment p LEFT JOIN payments_refund r
            ON r.payment_id = p.id AND r.status NOT IN ('FAILED', 'CANCELLED')
        GROUP BY p.id HAVING p.refund_reserved_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Invariant(
        "I05",
        "nobody has paid more than the order asks and has not got it back",
        _MONEY
        + """
        SELECT number, captured, given_back, asked FROM money
        WHERE captured - given_back - failed - taken > asked
        """,
        at_rest=True,
    ),
    Invariant(
        "I06",
        "an order that is confirmed or later was paid, but for what is claimed after the return and"
        " for changes that staff let be paid later",
        _MONEY
        + """
        SELECT number, state, captured, asked FROM money LEFT JOIN accounts USING (order_id)
        LEFT JOIN (
            SELECT order_id::text AS order_id, sum(difference_minor) AS minor
            FROM payments_orderchange WHERE status = 'APPLIED' AND pays_later GROUP BY order_id
        ) AS later USING (order_id)
        WHERE state IN ('CONFIRMED', 'PICKED_UP', 'RETURNED', 'COMPLETED') AND NOT in_parts
            AND captured < asked - CASE
                WHEN state = 'RETURNED' THEN greatest(0, customer + failed)
                WHEN state <> 'COMPLETED'
                    THEN least(greatest(0, customer + failed), coalesce(later.minor, 0))
                ELSE 0
            END
        """,
    ),
    Invariant(
        "I07",
        "nothing is owed for an order that has ended, but refunds that failed, that a bank prevents"
        " or that it takes its time for",
        _MONEY
        + """
        SELECT number, state, customer, failed, blocked, on_its_way
        FROM money JOIN accounts USING (order_id)
        WHERE state IN ('CANCELLED', 'EXPIRED')
            AND NOT customer BETWEEN -failed - blocked - on_its_way AND 0
        """,
        at_rest=True,
    ),
    Invariant(
        "I08",
        "the ledger's cash is what was captured, and neither refunded nor taken by a bank",
        _MONEY
        + """
        SELECT number, coalesce(accounts.cash, 0), money.cash
        FROM money LEFT JOIN accounts USING (order_id)
        WHERE coalesce(accounts.cash, 0) <> money.cash
        """,
    ),
    Invariant(
        "I09",
        "no fact is posted twice",
        """
        SELECT tx_ref, count(DISTINCT tx_id) FROM audit.ledger
        GROUP BY tx_ref HAVING count(DISTINCT tx_id) > 1
        """,
    ),
    Invariant(
        "I24",
        "no order mixes test and live money, and no event of the other mode was applied",
        """
        SELECT order_id FROM audit.payments GROUP BY order_id HAVING count(DISTINCT livemode) > 1
        UNION ALL
        SELECT e.event_id FROM payments_webhookevent e
        JOIN payments_paymentgateway g ON g.id = e.gateway_id
        WHERE e.status = 'APPLIED' AND e.livemode = g.is_test_mode
        """,
    ),
    Invariant(
        "I25",
        "no deposit is in debit, and none is kept of an order that is finished",
        _MONEY
        + """
        SELECT number, state, deposit FROM money JOIN accounts USING (order_id)
        WHERE deposit > 0 OR (deposit <> 0
            AND state IN ('COMPLETED', 'CANCELLED', 'EXPIRED', 'NO_SHOW'))
        """,
    ),
    Invariant(
        "I25",
        "a deposit that was settled is held no more, and took what was claimed",
        """
        SELECT s.order_id, s.deposit_minor, s.claimed_minor, s.taken_minor, held.minor, claims.minor
        FROM payments_depositsettlement s
        LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS minor FROM audit.ledger
            WHERE account = 'deposit' GROUP BY order_id
        ) AS held ON held.order_id = s.order_id::text
        LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS minor FROM payments_claim
            WHERE status = 'ACCEPTED' GROUP BY order_id
        ) AS claims ON claims.order_id = s.order_id
        WHERE coalesce(held.minor, 0) <> 0 OR s.claimed_minor <> coalesce(claims.minor, 0)
            OR s.taken_minor <> least(s.deposit_minor, s.claimed_minor)
        """,
    ),
    Invariant(
        "I25",
        "nothing is held on a card for an order that is finished",
        """
        SELECT o.number, o.state, p.payment_id
        FROM audit.payments p JOIN audit.orders o USING (order_id)
        WHERE p.state = 'authorized'
            AND o.state IN ('COMPLETED', 'CANCELLED', 'EXPIRED', 'NO_SHOW')
        """,
        at_rest=True,
    ),
)
