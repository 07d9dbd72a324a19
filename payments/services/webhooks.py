"""The inbox: verify, store once, answer; then facts, then settle (road B, rule R6)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from common.errors import Conflict, NotFound, Unavailable
from common.logging import get_logger
from common.prepared import fetch
from common.records import as_records
from payments.domain import facts
from payments.domain.errors import GatewayUnavailable
from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact
from payments.domain.retry import MAX_ATTEMPTS, backoff
from payments.domain.states import WebhookStatus
from payments.gateways import adapter_for
from payments.gateways.base import GatewayEvent, NotConfigured
from payments.models import Payment, PaymentGateway, Refund, WebhookEvent
from payments.models.work import LeaseLost
from payments.services.gateways import active_gateway
from payments.services.jobs import enqueue
from payments.services.lifecycle import lock_order
from payments.services.outside import release_connection
from payments.services.settlement import absorb_locked

log = get_logger(__name__)


def receive(gateway_type: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Store a webhook once; False if it was there already.

    Raises InvalidSignature for what the gateway did not sign, NotFound for an unknown gateway, and
    Unavailable while we cannot verify anything: the gateway will come again (matrix row B07).
    """
    gateway = active_gateway(gateway_type)
    if gateway is None:
        raise NotFound("There is no such payment gateway.")
    try:
        event = adapter_for(gateway).read_webhook(body, headers)
    except NotConfigured as error:
        log.error("webhook_not_configured", gateway=gateway_type)
        raise Unavailable("Webhooks are not configured.") from error
    stored = store(gateway, event)
    log.info("webhook_received", event_id=event.event_id, type=event.event_type, new=stored)
    return stored


# A provider delivers at least once: the second time, nothing is written.
_INSERT = """
INSERT INTO payments_webhookevent
SELECT * FROM jsonb_populate_recordset(NULL::payments_webhookevent, %s)
ON CONFLICT (gateway_id, event_id) DO NOTHING RETURNING id
"""


def store(gateway: PaymentGateway, event: GatewayEvent) -> bool:
    """Write an event into the inbox with its job; False, and nothing written, if it is there."""
    says_something = bool(event.facts or event.look_up)
    is_ours = event.livemode != gateway.is_test_mode  # test money never counts as live (I24, B09)
    wanted = says_something and is_ours
    now = timezone.now()
    row = WebhookEvent(
        gateway=gateway,
        event_id=event.event_id,
        event_type=event.event_type[:100],
        object_id=event.object_id[:255],
        livemode=event.livemode,
        status=WebhookStatus.RECEIVED if wanted else WebhookStatus.IGNORED,
        facts=[facts.to_json(fact) for fact in event.facts],
        look_up=event.look_up[:255],
        occurred_at=event.occurred_at,
        next_attempt_at=now + timedelta(seconds=30) if wanted else None,  # should the job be lost
    )
    with transaction.atomic(durable=True):
        is_new = bool(fetch(_INSERT, [as_records([row], now)]))
        if is_new and wanted:
            enqueue("apply_webhook", event_id=str(row.pk))
    return is_new


def apply_event(event_id: UUID) -> None:
    """Apply one stored event to the order it concerns, once."""
    event = WebhookEvent.objects.select_related("gateway").get(pk=event_id)
    if event.status != WebhookStatus.RECEIVED or not event.take_lease():
        return
    try:
        _apply(event, _facts_of(event))
    except GatewayUnavailable as error:
        _postpone(event, error.message)
    except Exception as error:
        _postpone(event, type(error).__name__)
        raise


def _facts_of(event: WebhookEvent) -> list[Fact]:
    told = [facts.from_json(values) for values in event.facts]
    look_up = event.look_up or _refunded_elsewhere(told)
    if not look_up:
        return told
    release_connection()
    return adapter_for(event.gateway).fetch_object(look_up)


def _refunded_elsewhere(told: list[Fact]) -> str:
    """The provider's id of a payment with a refund that is not ours.

    We may not have heard yet that the payment was made, so its whole story is fetched (row B02).
    """
    for fact in told:
        if isinstance(fact, RefundFact) and not _is_known(fact):
            return fact.intent_id
    return ""


def _is_known(fact: RefundFact) -> bool:
    theirs = Q(gateway_refund_id=fact.gateway_refund_id)
    return Refund.objects.filter(theirs | Q(pk__in=_ids(fact.refund_id))).exists()


def _apply(event: WebhookEvent, found: list[Fact]) -> None:
    """What the facts do and the mark that they did it commit together, or neither (I14).

    Raises LeaseLost if another one has the event meanwhile: he applies it.
    """
    payment = payment_of(found)
    with transaction.atomic(durable=True):
        if payment is not None:
            absorb_locked(lock_order(payment.order_id), payment, found)
        is_ours = event.end_attempt(
            status=WebhookStatus.APPLIED if payment else WebhookStatus.IGNORED,
            again_in=None,
            stamp="applied_at" if payment else "",
            apply_count=event.apply_count + (payment is not None),
            last_error="",
        )
        if not is_ours:
            raise LeaseLost


def _postpone(event: WebhookEvent, why: str) -> None:
    """A poison event must not hold up others, and ends where a person sees it (row B12)."""
    dead = event.attempts >= MAX_ATTEMPTS
    event.end_attempt(
        last_error=why[:200],
        status=WebhookStatus.DEAD if dead else WebhookStatus.RECEIVED,
        again_in=None if dead else backoff(event.attempts),
    )
    log.error(
        "webhook_failed", event_id=event.event_id, attempts=event.attempts, dead=dead, why=why
    )


def retry_event(event_id: UUID) -> None:
    """Give a dead event all its tries again. Raises Conflict for one that is not dead."""
    with transaction.atomic(durable=True):
        dead = WebhookEvent.objects.filter(pk=event_id, status=WebhookStatus.DEAD)
        if not dead.update(status=WebhookStatus.RECEIVED, attempts=0, next_attempt_at=Now()):
            raise Conflict("Only a dead event can be tried again.")
        enqueue("apply_webhook", event_id=str(event_id))


def payment_of(found: list[Fact]) -> Payment | None:
    """Our payment that the facts are about: by our own id first, then by the provider's.

    What a provider repeats of our id is a hint; it does not count where it contradicts an id that
    we stored ourselves (rule R3).
    """
    for fact in found:
        payment = _by_our_id(fact) or _by_their_id(fact)
        if payment is not None:
            return payment
    return None


def _by_our_id(fact: Fact) -> Payment | None:
    if isinstance(fact, DisputeFact):
        return None  # it carries no id of ours
    if isinstance(fact, RefundFact):
        refunds = Refund.objects.select_related("payment")
        refund = refunds.filter(pk__in=_ids(fact.refund_id)).first()
        return refund.payment if refund and refund.payment.intent_id == fact.intent_id else None
    payment = Payment.objects.filter(pk__in=_ids(fact.payment_id)).first()
    if payment is None:
        return None
    for ours, theirs in (
        (payment.session_id, fact.session_id),
        (payment.intent_id, fact.intent_id),
    ):
        if ours and theirs and ours != theirs:
            return None
    return payment


def _ids(text: str) -> list[UUID]:
    """The id that `text` spells, if it does: providers repeat whatever they were given."""
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _by_their_id(fact: Fact) -> Payment | None:
    if isinstance(fact, PaymentFact) and fact.session_id:
        found = Payment.objects.filter(session_id=fact.session_id).first()
        if found:
            return found
    return Payment.objects.filter(intent_id=fact.intent_id).first() if fact.intent_id else None
