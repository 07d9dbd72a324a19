"""Sending refunds: each once, and then asking until it is final (domain rules D5, D6.1)."""

from uuid import UUID

from django.db.models.functions import Now

from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable
from payments.domain.facts import RefundFact
from payments.domain.retry import ask_again, backoff
from payments.domain.states import RefundStatus
from payments.gateways import adapter_for
from payments.gateways.base import RefundOrder
from payments.models import Refund
from payments.services.outside import release_connection
from payments.services.settlement import absorb


def send_refund(refund_id: UUID) -> None:
    """Send one refund, or ask what became of it. Safe to call again: the key is the row's own."""
    refund = Refund.objects.select_related("payment__gateway").get(pk=refund_id)
    if refund.state not in (RefundStatus.PENDING, RefundStatus.PROCESSING):
        Refund.objects.filter(pk=refund_id).update(next_attempt_at=None)
        return
    if not refund.take_lease():
        return
    Refund.objects.filter(pk=refund_id, first_sent_at=None).update(first_sent_at=Now())
    release_connection()
    try:
        found = _send_or_ask(refund)
    except GatewayUnavailable as error:
        refund.end_attempt(
            last_error=error.message[:200],
            again_in=backoff(refund.attempts),
            generation=refund.generation + isinstance(error, GatewayBroke),
        )
        return
    except GatewayRefused as error:
        found = [_refused(refund, error)]
    absorb(refund.payment, found)
    refund.refresh_from_db(fields=["status"])
    waiting = refund.state is RefundStatus.PROCESSING
    refund.end_attempt(
        again_in=ask_again(refund.age) if waiting else None,
    )


def _send_or_ask(refund: Refund) -> list[RefundFact]:
    """Send it, unless an earlier try arrived there though its answer never came (D6.1)."""
    adapter, intent_id = adapter_for(refund.payment.gateway), refund.payment.intent_id
    if refund.gateway_refund_id or refund.attempts > 1:
        known = adapter.fetch_refunds(intent_id)
        if refund.gateway_refund_id or any(fact.refund_id == str(refund.pk) for fact in known):
            return known
    order = RefundOrder(str(refund.pk), intent_id, refund.amount_minor, refund.currency)
    try:
        return [adapter.refund(order, refund.idempotency_key)]
    except GatewayRefused as error:
        # Somebody may have been faster in the provider's dashboard: what is there counts.
        return [_refused(refund, error), *adapter.fetch_refunds(intent_id)]


def _refused(refund: Refund, error: GatewayRefused) -> RefundFact:
    """The gateway will not do it: a failure for a person to look at."""
    return RefundFact(
        status=RefundStatus.FAILED,
        gateway_refund_id="",
        intent_id=refund.payment.intent_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        refund_id=str(refund.pk),
        failure_reason=error.message[:200],
    )
