"""Taking in what a gateway says of a payment: into its row, the books and the history."""

from common.logging import get_logger
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.domain.states import PAYABLE, PAYMENT_STEPS, PaymentStatus
from payments.models import Payment, RentalOrder
from payments.services.hold_facts import apply_hold_fact
from payments.services.journal import GATEWAY, is_recorded, record
from payments.services.ledger import post_captured
from payments.services.paid_changes import follow_payment
from payments.services.unpaid_changes import follow_closing

log = get_logger(__name__)

MISMATCH = "A payment does not match what was asked for."  # what an order is flagged for


def apply_payment_fact(order: RentalOrder, payment: Payment, fact: PaymentFact) -> None:
    """Write one fact of a payment into its locked row; the order is for `settle` to move."""
    payment.session_id = payment.session_id or fact.session_id
    payment.intent_id = payment.intent_id or fact.intent_id
    payment.customer_ref = fact.customer_id or payment.customer_ref
    payment.method_ref = fact.method_id or payment.method_ref
    if payment.is_for_deposit:
        apply_hold_fact(order, payment, fact)
        return
    if fact.outcome == facts.DECLINED:
        _note_decline(order, payment, fact)
    status = facts.STATUS_OF_OUTCOME.get(fact.outcome)
    decided = "decided_by_staff" in payment.metadata  # what was said since does not undo that
    if status is None or decided or status not in PAYMENT_STEPS[payment.state]:
        payment.save(update_fields=_IDS)
        return
    if status is PaymentStatus.SUCCEEDED and not _is_what_was_asked(payment, fact):
        status = PaymentStatus.QUARANTINED
    move_payment(order, payment, status, fact)


# How the gateway calls a payment, its payer and the card.
_IDS = ["session_id", "intent_id", "customer_ref", "method_ref", "updated_at"]


def _is_what_was_asked(payment: Payment, fact: PaymentFact) -> bool:
    return (fact.amount_minor, fact.currency) == (payment.amount_minor, payment.currency)


def move_payment(
    order: RentalOrder, payment: Payment, status: PaymentStatus, fact: PaymentFact
) -> None:
    """Write what became of a locked payment into its row, the books and the history."""
    payment.status = status.value
    if status is PaymentStatus.SUCCEEDED:
        payment.captured_minor = fact.amount_minor
    if status is PaymentStatus.QUARANTINED:
        order.hold_expires_at = None  # a person decides, and until then the units are kept (D6.6)
        payment.metadata |= {"received_minor": fact.amount_minor, "received_in": fact.currency}
        _flag(order, MISMATCH)
    if status not in PAYABLE:
        payment.next_attempt_at = None
    payment.last_error = fact.error_code
    payment.save()
    if status is PaymentStatus.SUCCEEDED:
        post_captured(order, payment)
    record(
        order,
        f"payment.{status.value.lower()}",
        GATEWAY,
        ref=fact.ref,
        payment=str(payment.pk),
        amount_minor=fact.amount_minor,
        currency=payment.currency,
    )
    if payment.purpose == Payment.Purpose.EXTENSION:
        follow_payment(order, payment)
    elif payment.closing_asked_at is not None:
        follow_closing(order, payment)


def _note_decline(order: RentalOrder, payment: Payment, fact: PaymentFact) -> None:
    """A card was refused; the checkout stays open for another one.

    Not so for a delayed payment: its refusal is its end, and told as that (row B10).
    """
    if payment.state is not PaymentStatus.PENDING or is_recorded(order, fact.ref):
        return
    payment.last_error = fact.error_code
    payment.save(update_fields=["last_error", "updated_at"])
    record(
        order,
        "payment.declined",
        GATEWAY,
        ref=fact.ref,
        payment=str(payment.pk),
        reason=fact.error_code,
    )


def _flag(order: RentalOrder, why: str) -> None:
    order.attention = why
    order.save(update_fields=["attention", "hold_expires_at", "updated_at"])
    log.error("order_needs_attention", order_number=order.order_number, why=why)
