"""Money on its way back: asked for in the transaction that owes it, and what becomes of it (D5).

`refund_sending` sends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now

from common.logging import get_logger
from payments.domain.errors import RefundTooLarge
from payments.domain.facts import RefundFact
from payments.domain.refunds import spread
from payments.domain.states import REFUND_DONE, REFUND_LIVE, REFUND_STEPS, RefundStatus
from payments.models import Payment, Refund, RentalOrder
from payments.services.jobs import enqueue
from payments.services.journal import GATEWAY, SYSTEM, Actor, record
from payments.services.ledger import post_refund_failed, post_refunded

log = get_logger(__name__)

REFUND_FAILED = "A refund failed."  # what an order is flagged for; see docs/guide.md


@dataclass(frozen=True)
class Asked:
    """Who wants a refund, and what it is for; `unapproved` waits for a second person."""

    actor: Actor = SYSTEM
    reason: str = ""
    deposit_minor: int = 0
    lines: Sequence[dict[str, Any]] = ()
    request_id: UUID | None = None
    unapproved: bool = False


def ask_refunds(
    order: RentalOrder, amount_minor: int, source: Refund.Source, asked: Asked | None = None
) -> list[Refund]:
    """Give `amount_minor` of a locked order back, newest payment first (see `spread`).

    Raises RefundTooLarge where the database finds less room than was seen here.
    """
    asked, made = asked or Asked(), []
    for payment, part in shares(order, amount_minor):
        made.append(ask_refund(order, payment, part, source, asked))
        rest = asked.deposit_minor - made[-1].deposit_minor
        asked = replace(asked, deposit_minor=rest, lines=())
    return made


def shares(order: RentalOrder, amount_minor: int) -> list[tuple[Payment, int]]:
    """Which payments give how much of an amount that goes back, newest first (see `spread`)."""
    payments = list(order.payments.order_by("-created_at"))
    parts = spread(amount_minor, [payment.refundable_minor for payment in payments])
    return [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]


def ask_refund(
    order: RentalOrder, payment: Payment, amount_minor: int, source: Refund.Source, asked: Asked
) -> Refund:
    """Give `amount_minor` of one payment of a locked order back. Raises RefundTooLarge."""
    _reserve_room(payment, amount_minor)
    refund = Refund.objects.create(
        order=order,
        payment=payment,
        status=(RefundStatus.UNAPPROVED if asked.unapproved else RefundStatus.PENDING).value,
        source=source,
        currency=payment.currency,
        amount_minor=amount_minor,
        deposit_minor=min(amount_minor, asked.deposit_minor),
        lines=list(asked.lines),
        reason=asked.reason,
        request_id=asked.request_id,
        asked_by=asked.actor.user,
    )
    record(
        order,
        "refund.asked",
        asked.actor,
        refund=str(refund.pk),
        amount_minor=amount_minor,
        currency=refund.currency,
        source=source.value,
        reason=asked.reason,
    )
    if not asked.unapproved:
        queue_refund(refund)
    return refund


def _reserve_room(payment: Payment, amount_minor: int) -> None:
    """Take the room in the database, whose CHECK refuses more than was captured (rule R15)."""
    reserved = F("refund_reserved_minor") + amount_minor
    try:
        Payment.objects.filter(pk=payment.pk).update(refund_reserved_minor=reserved)
    except IntegrityError:
        raise RefundTooLarge from None


def queue_refund(refund: Refund) -> None:
    """Have a worker send it once the caller's transaction has committed."""
    again = Now() + timedelta(minutes=1)  # should the job below be lost
    Refund.objects.filter(pk=refund.pk).update(next_attempt_at=again)
    enqueue("send_refund", refund_id=str(refund.pk))


def apply_refund_fact(order: RentalOrder, payment: Payment, fact: RefundFact) -> None:
    """Take in what the gateway says of one refund of `payment`; the order is locked."""
    refund = _find(payment, fact) or _external(order, payment, fact)
    if refund is None:
        return
    if not refund.gateway_refund_id and fact.gateway_refund_id:
        refund.gateway_refund_id = fact.gateway_refund_id
        refund.save(update_fields=["gateway_refund_id", "updated_at"])
    if fact.status in REFUND_STEPS[refund.state]:
        _move_refund(order, refund, fact)


def _find(payment: Payment, fact: RefundFact) -> Refund | None:
    """By the provider's id first; ours, which the provider only repeats, may name a row once."""
    refunds = list(payment.refunds.all())
    for refund in refunds:
        if fact.gateway_refund_id and refund.gateway_refund_id == fact.gateway_refund_id:
            return refund
    for refund in refunds:
        if str(refund.pk) == fact.refund_id and refund.gateway_refund_id in (
            "",
            fact.gateway_refund_id,
        ):
            return refund
    return None


def _external(order: RentalOrder, payment: Payment, fact: RefundFact) -> Refund | None:
    """A refund made in the provider's dashboard: it is written down, and moves no order (D5)."""
    is_live = fact.status in REFUND_LIVE
    if is_live and not _take_room_first(order, payment, fact.amount_minor):
        # One of ours, not yet sent, takes the room. It will be refused; then we look again.
        log.error("external_refund_does_not_fit", refund=fact.gateway_refund_id)
        return None
    return Refund.objects.create(
        order=order,
        payment=payment,
        source=Refund.Source.EXTERNAL,
        currency=fact.currency,
        amount_minor=fact.amount_minor,
        gateway_refund_id=fact.gateway_refund_id,
        status=RefundStatus.PENDING if is_live else fact.status,
        next_attempt_at=Now() + timedelta(minutes=5),
    )


def _take_room(payment: Payment, amount_minor: int) -> bool:
    """Reserve that much of what may still be refunded; False, and nothing taken, if it is less."""
    reserved = F("refund_reserved_minor") + amount_minor
    rows = Payment.objects.filter(pk=payment.pk, captured_minor__gte=reserved)
    return bool(rows.update(refund_reserved_minor=reserved))


def _take_room_first(order: RentalOrder, payment: Payment, amount_minor: int) -> bool:
    """The same for what has gone back: refunds that nobody has approved yet give way to it."""
    if _take_room(payment, amount_minor):
        return True
    for refund in payment.refunds.filter(status=RefundStatus.UNAPPROVED):
        refund.status = RefundStatus.CANCELLED.value
        refund.save(update_fields=["status", "updated_at"])
        move_room(refund, RefundStatus.UNAPPROVED)
        record(
            order,
            "refund.rejected",
            GATEWAY,
            refund=str(refund.pk),
            amount_minor=refund.amount_minor,
            currency=refund.currency,
        )
    return _take_room(payment, amount_minor)


def _move_refund(order: RentalOrder, refund: Refund, fact: RefundFact) -> None:
    old, refund.status = refund.state, fact.status.value
    refund.failure_reason = fact.failure_reason[:200]
    if refund.state is not RefundStatus.PROCESSING:
        refund.next_attempt_at = None
    refund.save(update_fields=["status", "failure_reason", "next_attempt_at", "updated_at"])
    move_room(refund, old)
    _post(order, refund, old)
    if refund.state is RefundStatus.FAILED:
        order.attention = REFUND_FAILED
        order.save(update_fields=["attention", "updated_at"])
        log.error("order_needs_attention", order_number=order.order_number, why=REFUND_FAILED)
    record(
        order,
        f"refund.{refund.status.lower()}",
        GATEWAY,
        ref=f"{fact.gateway_refund_id or refund.pk}:{refund.status.lower()}",
        refund=str(refund.pk),
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )


def _post(order: RentalOrder, refund: Refund, old: RefundStatus) -> None:
    """A refund counts in the books from when it succeeded, and as owed again if it fails after."""
    if refund.state is RefundStatus.SUCCEEDED:
        post_refunded(order, refund)
    elif old is RefundStatus.SUCCEEDED:
        post_refund_failed(order, refund)


def move_room(refund: Refund, old: RefundStatus) -> None:
    """Keep the payment's sums equal to its refunds: what is refunded, and what is spoken for."""
    done = (refund.state in REFUND_DONE) - (old in REFUND_DONE)
    live = (refund.state in REFUND_LIVE) - (old in REFUND_LIVE)
    Payment.objects.filter(pk=refund.payment_id).update(
        refunded_minor=F("refunded_minor") + done * refund.amount_minor,
        refund_reserved_minor=F("refund_reserved_minor") + live * refund.amount_minor,
    )
