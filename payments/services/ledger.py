"""Posting facts about money, each once, in the transaction that takes the fact in (rule R4)."""

from collections.abc import Iterable

from common.prepared import fetch
from payments.domain import ledger
from payments.domain.deposits import sums
from payments.domain.ledger import Entries, Price
from payments.domain.states import REFUND_DONE, OrderStatus
from payments.models import (
    Claim,
    Dispute,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    Refund,
    RentalOrder,
)

_POST = """
WITH fact AS (
    INSERT INTO payments_ledgertransaction (reference, order_id, posted_at)
    VALUES (%s, %s, now()) RETURNING id
)
INSERT INTO payments_ledgerentry (transaction_id, account, currency, amount_minor)
SELECT fact.id, entry.account, %s, entry.amount_minor
FROM fact, unnest(%s::text[], %s::bigint[]) AS entry (account, amount_minor)
"""


def post(order: RentalOrder, reference: str, entries: Entries) -> None:
    """Write one fact about a locked order. Raises IntegrityError if it is in the books already."""
    if not entries:
        return
    accounts, amounts = zip(*entries, strict=True)
    fetch(_POST, [reference, order.pk, order.currency, list(accounts), list(amounts)])


def is_posted(reference: str) -> bool:
    """Whether the fact of that name is in the books."""
    return LedgerTransaction.objects.filter(reference=reference).exists()


def balance(order: RentalOrder, account: str) -> int:
    """What stands on `account` for `order`, in minor units."""
    entries = LedgerEntry.objects.filter(transaction__order=order, account=account)
    return sum(entries.values_list("amount_minor", flat=True))


def post_step(order: RentalOrder, old: OrderStatus, new: OrderStatus) -> None:
    """An order became binding, or a binding one ended unused."""
    price = Price(order.rent_minor, order.tax_minor, order.charged_deposit_minor)
    if new is OrderStatus.CONFIRMED and old is not OrderStatus.PICKED_UP:
        post(order, f"{order.pk}:charged", ledger.charged(price))
    if old is OrderStatus.CONFIRMED and new in (OrderStatus.CANCELLED, OrderStatus.NO_SHOW):
        entries = ledger.cancelled(
            price,
            order.kept_minor,
            balance(order, ledger.REFUNDS),
            order.currency,
            order.fee_minor,
            owing_minor=balance(order, ledger.CUSTOMER),
        )
        post(order, f"{order.pk}:{new.value.lower()}", entries)


def post_captured(order: RentalOrder, payment: Payment) -> None:
    """The payment's money has arrived."""
    reference = f"{payment.intent_id or payment.pk}:captured"
    post(order, reference, ledger.captured(_cash(payment), payment.captured_minor))


def post_refunded(order: RentalOrder, refund: Refund) -> None:
    """The refund has reached the customer."""
    owed = -balance(order, ledger.CUSTOMER)
    entries = ledger.refunded(_cash(refund.payment), refund.amount_minor, owed)
    post(order, f"{_name(refund)}:succeeded", entries)


def post_refund_failed(order: RentalOrder, refund: Refund) -> None:
    """The refund had succeeded, and the bank sent it back."""
    entries = ledger.refund_failed(_cash(refund.payment), refund.amount_minor)
    post(order, f"{_name(refund)}:failed", entries)


def post_withdrawn(order: RentalOrder, dispute: Dispute, reference: str) -> None:
    """A bank has taken the disputed money: to the books a refund, only that nobody asked us."""
    owed = -balance(order, ledger.CUSTOMER)
    entries = ledger.refunded(_cash(dispute.payment), dispute.amount_minor, owed)
    post(order, reference, entries)


def post_reinstated(order: RentalOrder, dispute: Dispute, reference: str) -> None:
    """The bank has given it back."""
    conceded = balance(order, ledger.REFUNDS)
    entries = ledger.reinstated(_cash(dispute.payment), dispute.amount_minor, conceded)
    post(order, reference, entries)


def post_deposit_settled(order: RentalOrder, claims: Iterable[Claim]) -> None:
    """Claims are taken from the deposit that was paid, and what is left is owed to the customer."""
    amounts = sums(claim.claimed for claim in claims)
    held = -balance(order, ledger.DEPOSIT)
    gone = min(balance(order, ledger.REFUNDS), _gone_before(order, held, sum(amounts.values())))
    post(order, f"{order.pk}:deposit_settled", ledger.deposit_settled(held, amounts, gone))


def _gone_before(order: RentalOrder, held: int, claimed: int) -> int:
    """What of the deposit the customer has already: given back by staff, or taken by his bank."""
    refunds = order.refunds.filter(status__in=REFUND_DONE)
    by_staff = sum(refund.deposit_minor for refund in refunds)
    disputes = order.disputes.filter(withdrawn_at__isnull=False, reinstated_at=None)
    by_bank = sum(dispute.amount_minor for dispute in disputes)
    return by_staff + min(by_bank, max(0, held - by_staff - claimed))


def post_paid_by_hand(order: RentalOrder, refund: Refund) -> None:
    """The shop has paid a failed refund out of its own till or bank account."""
    owed = -balance(order, ledger.CUSTOMER)
    entries = ledger.refunded(ledger.clearing("manual"), refund.amount_minor, owed)
    post(order, f"{refund.pk}:paid_by_hand", entries)


def _name(refund: Refund) -> str:
    return refund.gateway_refund_id or str(refund.pk)


def _cash(payment: Payment) -> str:
    return ledger.clearing(payment.gateway.gateway_type)
