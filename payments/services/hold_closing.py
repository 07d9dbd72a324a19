"""Capturing or releasing what a bank holds, by a worker (domain rule D4)."""

from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable
from payments.domain.facts import Fact
from payments.domain.retry import backoff
from payments.domain.states import ClosingStatus, PaymentStatus
from payments.gateways import adapter_for
from payments.gateways.base import Sought
from payments.models import HoldClosing
from payments.models.work import FINISHED
from payments.services.outside import release_connection
from payments.services.settlement import absorb


def close_hold(closing_id: UUID) -> None:
    """Capture or release one hold, or ask what became of it. Safe to call again."""
    closing = HoldClosing.objects.select_related("payment__gateway").get(pk=closing_id)
    if closing.state is not ClosingStatus.PENDING:
        HoldClosing.objects.filter(pk=closing_id).update(next_attempt_at=None)
        return
    if not closing.take_lease():
        return
    if closing.payment.state is not PaymentStatus.AUTHORIZED:
        closing.end_attempt(again_in=timedelta(hours=1))  # not held yet: that calls us
        return
    HoldClosing.objects.filter(pk=closing_id, first_sent_at=None).update(first_sent_at=Now())
    release_connection()
    try:
        found = _send(closing)
    except GatewayUnavailable as error:
        closing.end_attempt(
            last_error=error.message[:200],
            again_in=backoff(closing.attempts),
            generation=closing.generation + isinstance(error, GatewayBroke),
        )
        return
    absorb(closing.payment, found)
    closing.refresh_from_db(fields=["status"])
    if closing.state is ClosingStatus.PENDING:
        closing.end_attempt(again_in=timedelta(hours=1))
    else:
        closing.end_attempt(last_error="", **FINISHED)


def _send(closing: HoldClosing) -> list[Fact]:
    """What the bank says now: that it is done, or why it cannot be."""
    adapter, intent_id = adapter_for(closing.payment.gateway), closing.payment.intent_id
    try:
        if closing.amount_minor:
            fact = adapter.capture(intent_id, closing.amount_minor, closing.idempotency_key)
        else:
            fact = adapter.release(intent_id, closing.idempotency_key)
    except GatewayRefused:
        # It was captured, let go of, or has lapsed before: what is there counts.
        return adapter.fetch_payment(Sought(str(closing.payment_id), "", intent_id))
    return [fact]
