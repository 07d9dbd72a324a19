"""What banks do about payments: taken in as the gateway tells it, and shown to staff (D6.10).

A dispute may go either way, and back again, so there are no steps: what the gateway says now
counts. Only what happened to the money is a fact of its own, and happens once.
"""

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from common.logging import get_logger
from payments.domain.errors import PaymentDisputed
from payments.domain.facts import WITHDRAWN, DisputeFact
from payments.domain.states import DisputeStatus
from payments.models import Dispute, Payment, RentalOrder
from payments.services.journal import GATEWAY, record
from payments.services.ledger import is_posted, post_reinstated, post_withdrawn

log = get_logger(__name__)

WHY_LOOK = {
    DisputeStatus.INQUIRY: "A bank asks about a payment.",
    DisputeStatus.NEEDS_RESPONSE: "A payment is disputed, and waits for evidence.",
    DisputeStatus.WON: "A dispute was won: see whether anything is owed still.",
    DisputeStatus.LOST: "A dispute was lost.",
}


def apply_dispute_fact(order: RentalOrder, payment: Payment, fact: DisputeFact) -> None:
    """Take in what the gateway says now of one dispute of `payment`; the order is locked."""
    dispute = Dispute.objects.filter(gateway_dispute_id=fact.gateway_dispute_id).first()
    dispute = dispute or Dispute(
        order=order, payment=payment, gateway_dispute_id=fact.gateway_dispute_id, status=""
    )
    has_moved = dispute.status != fact.status.value
    dispute.status = fact.status.value
    dispute.reason = fact.reason[:100]
    dispute.currency = fact.currency
    dispute.amount_minor = fact.amount_minor
    dispute.respond_by = parse_datetime(fact.respond_by) if fact.respond_by else None
    _note_money(order, dispute, fact)
    dispute.save()
    if has_moved:
        _tell(order, dispute)


def _note_money(order: RentalOrder, dispute: Dispute, fact: DisputeFact) -> None:
    """The money was taken, or came back: each is posted once, however often it is told.

    A bank may take back what it gave back, so a fact is named by the movement of the money.
    """
    for movement in fact.movements:
        reference = f"{dispute.gateway_dispute_id}:{movement}"
        if is_posted(reference):
            continue
        if movement.endswith(WITHDRAWN):
            dispute.withdrawn_at, dispute.reinstated_at = timezone.now(), None
            post_withdrawn(order, dispute, reference)
            _record(order, dispute, "withdrawn")
        else:
            dispute.reinstated_at = timezone.now()
            post_reinstated(order, dispute, reference)
            _record(order, dispute, "reinstated")


def _tell(order: RentalOrder, dispute: Dispute) -> None:
    _record(order, dispute, dispute.status.lower())
    if dispute.state in WHY_LOOK:
        order.attention = WHY_LOOK[dispute.state]
        order.save(update_fields=["attention", "updated_at"])
        log.error("payment_disputed", order_number=order.order_number, status=dispute.status)


def _record(order: RentalOrder, dispute: Dispute, what: str) -> None:
    record(
        order,
        f"dispute.{what}",
        GATEWAY,
        dispute=dispute.gateway_dispute_id,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
    )


def check_undisputed(order: RentalOrder) -> None:
    """Raises PaymentDisputed while a bank has a payment of `order`, or may yet take it."""
    for dispute in order.disputes.all():
        if dispute.blocks_refunds:
            raise PaymentDisputed(
                errors={"dispute": dispute.gateway_dispute_id, "status": dispute.status}
            )
