"""Taking in what a bank says of a hold, or of a card on file (domain rule D4).

Whatever loses the shop its security is told: to the customer, who can mend it, and to staff.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from common.logging import get_logger
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.domain.holds import RENEW_AHEAD, SHORTEST_WINDOW
from payments.domain.states import PAYABLE, PAYMENT_STEPS, ClosingStatus, PaymentStatus
from payments.models import HoldClosing, Payment, RentalOrder
from payments.services.holds import closing_of
from payments.services.jobs import enqueue
from payments.services.journal import GATEWAY, record
from payments.services.ledger import post_captured

log = get_logger(__name__)

HOLD_REFUSED: Final = "The deposit could not be held: the customer has to act."
HOLD_LAPSED: Final = "The hold of the deposit has ended, and nothing secures it."
CAPTURE_FAILED: Final = "A claim could not be taken from the deposit: its hold had ended."
CARD_REFUSED: Final = "A claim could not be charged to the card on file."
NOT_AS_ASKED: Final = "What a bank holds or took of a deposit is not what was asked for."

LET_GO: Final = timedelta(minutes=5)  # banks are not that punctual

_STATUS: Final = {**facts.STATUS_OF_OUTCOME, facts.AUTHORIZED: PaymentStatus.AUTHORIZED}

_FACT: Final = {
    PaymentStatus.PROCESSING: "deposit.processing",
    PaymentStatus.AUTHORIZED: "deposit.held",
    PaymentStatus.SUCCEEDED: "deposit.captured",
    PaymentStatus.FAILED: "deposit.action_required",
    PaymentStatus.QUARANTINED: "deposit.quarantined",
}


def apply_hold_fact(order: RentalOrder, payment: Payment, fact: PaymentFact) -> None:
    """Take in one fact about a payment for a deposit; both rows are locked."""
    if fact.capture_before:
        payment.capture_before = datetime.fromisoformat(fact.capture_before)
    old, new = payment.state, _becomes(payment, fact)
    if new is None:
        payment.save()
        return
    payment.status = new.value
    payment.last_error = fact.error_code
    _keep_amounts(payment, fact)
    payment.next_attempt_at = next_look(payment) if new in PAYABLE else None
    payment.save()
    if new is PaymentStatus.SUCCEEDED:
        post_captured(order, payment)
    _tell(order, payment, old, fact)
    _close(order, payment)


def _becomes(payment: Payment, fact: PaymentFact) -> PaymentStatus | None:
    """Its new status; None where the fact tells nothing new."""
    status = _STATUS.get(fact.outcome)
    if fact.outcome == facts.DECLINED and payment.is_off_session:
        status = PaymentStatus.FAILED  # there is nobody to try another card
    if status is None or status not in PAYMENT_STEPS[payment.state]:
        return None
    return status if _is_what_was_asked(payment, status, fact) else PaymentStatus.QUARANTINED


def _is_what_was_asked(payment: Payment, status: PaymentStatus, fact: PaymentFact) -> bool:
    """A hold is as large as the deposit; of one, less may be taken."""
    told = (fact.amount_minor, fact.currency)
    if status is PaymentStatus.AUTHORIZED:
        return told == (payment.amount_minor, payment.currency)
    if status is PaymentStatus.SUCCEEDED:
        return told[1] == payment.currency and 0 < told[0] <= payment.amount_minor
    return True


def _keep_amounts(payment: Payment, fact: PaymentFact) -> None:
    if payment.state is PaymentStatus.AUTHORIZED and payment.capture_before is None:
        payment.capture_before = timezone.now() + SHORTEST_WINDOW
    if payment.state is PaymentStatus.SUCCEEDED:
        payment.captured_minor = fact.amount_minor
    if payment.state is PaymentStatus.QUARANTINED:
        payment.metadata |= {"received_minor": fact.amount_minor, "received_in": fact.currency}


def next_look(payment: Payment) -> datetime:
    """When to look at it again: daily, when a hold is to be renewed, and when it has ended."""
    now = timezone.now()
    due = [now + timedelta(days=1)]
    if payment.capture_before:
        due += [payment.capture_before - RENEW_AHEAD, payment.capture_before + LET_GO]
    return min(instant for instant in due if instant > now)


def _tell(order: RentalOrder, payment: Payment, old: PaymentStatus, fact: PaymentFact) -> None:
    name, why = _told(payment, old)
    if why:
        order.attention = why
        order.save(update_fields=["attention", "updated_at"])
        log.error("deposit_needs_attention", order_number=order.order_number, why=why)
    record(
        order,
        name,
        GATEWAY,
        ref=fact.ref,
        payment=str(payment.pk),
        amount_minor=payment.captured_minor or payment.amount_minor,
        currency=payment.currency,
        reason=fact.error_code,
    )


def _told(payment: Payment, old: PaymentStatus) -> tuple[str, str]:
    """What the history calls it, and why a person should look at it, if one should."""
    closing, is_charge = closing_of(payment), payment.kind == Payment.Kind.FEE
    status = payment.state
    if status is PaymentStatus.CANCELLED:
        if old is not PaymentStatus.AUTHORIZED or (closing and not closing.amount_minor):
            return "deposit.released", ""
        return "deposit.lapsed", CAPTURE_FAILED if closing else HOLD_LAPSED
    if status is PaymentStatus.FAILED and is_charge:
        return "deposit.charge_failed", CARD_REFUSED
    is_odd = status is PaymentStatus.QUARANTINED or _was_captured_otherwise(payment, closing)
    why = NOT_AS_ASKED if is_odd else HOLD_REFUSED if status is PaymentStatus.FAILED else ""
    return _FACT[status], why


def _was_captured_otherwise(payment: Payment, closing: HoldClosing | None) -> bool:
    """Whether somebody else took it, or took more or less, such as in the provider's dashboard."""
    if payment.state is not PaymentStatus.SUCCEEDED or payment.kind == Payment.Kind.FEE:
        return False
    return closing is None or closing.amount_minor != payment.captured_minor


def _close(order: RentalOrder, payment: Payment) -> None:
    """The end of the hold is the end of its closing; a new hold that is unwanted is closed now."""
    closing = closing_of(payment)
    if closing is None:
        return
    if payment.state is PaymentStatus.AUTHORIZED:
        enqueue("close_hold", closing_id=str(closing.pk))
        return
    if payment.state in PAYABLE:
        return
    wanted = PaymentStatus.SUCCEEDED if closing.amount_minor else PaymentStatus.CANCELLED
    is_lost = closing.amount_minor and payment.state is not wanted
    closing.status = (ClosingStatus.FAILED if is_lost else ClosingStatus.DONE).value
    closing.next_attempt_at = None
    closing.save(update_fields=["status", "next_attempt_at", "updated_at"])
