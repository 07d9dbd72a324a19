"""Bringing what was asked for to its end: ask, close, expire (road B; domain rules D6.2, D6.6)."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from payments.domain import facts
from payments.domain.errors import GatewayRefused, GatewayUnavailable
from payments.domain.facts import Fact, PaymentFact
from payments.domain.states import PAYABLE, OrderStatus, PaymentStatus
from payments.gateways import adapter_for
from payments.gateways.base import Sought
from payments.models import Payment, RentalOrder
from payments.models.work import FINISHED, NextAttempt
from payments.services.checkout import next_question, note_failure, open_or_find
from payments.services.hold_facts import next_look
from payments.services.hold_placement import ask_card
from payments.services.holds import closing_of
from payments.services.jobs import enqueue
from payments.services.journal import SYSTEM
from payments.services.lifecycle import lock_order
from payments.services.outside import release_connection
from payments.services.settlement import absorb, settle


def ask_to_close_checkouts(order: RentalOrder) -> None:
    """Have a worker make every open checkout of `order` unpayable; in the caller's transaction."""
    for payment in order.payments.filter(status__in=PAYABLE).exclude(kind="DEPOSIT"):
        asked_at = Coalesce("closing_asked_at", Now())  # it may have been asked for before
        Payment.objects.filter(pk=payment.pk).update(
            next_attempt_at=Now(), closing_asked_at=asked_at
        )
        enqueue("pursue_payment", payment_id=str(payment.pk))


def pursue_payment(payment_id: UUID) -> None:
    """Bring one payment nearer to its end: open it, close it, or ask what became of it (D6.2).

    Safe to call at any time and by any number of workers; the lease lets one through.
    """
    payment = Payment.objects.select_related("gateway", "order").get(pk=payment_id)
    if payment.state not in PAYABLE:
        Payment.objects.filter(pk=payment_id).update(next_attempt_at=None)
        return
    if not payment.take_lease():
        return
    try:
        found = _ask(payment)
        absorb(payment, found)
    except (GatewayUnavailable, GatewayRefused) as error:
        note_failure(payment, error)
        return
    payment.refresh_from_db(fields=["status", "capture_before", "last_error"])
    why = "" if payment.state in PAYABLE else payment.last_error  # why it ended is worth keeping
    payment.end_attempt(last_error=why, attempts=0, **_when_to_ask_again(payment))


def _when_to_ask_again(payment: Payment) -> NextAttempt:
    if payment.state not in PAYABLE:
        return FINISHED
    if payment.state is PaymentStatus.AUTHORIZED:
        return {"again_in": timedelta(days=1), "at_latest": next_look(payment)}
    return next_question(payment)


def pursue_late_checkouts(order: RentalOrder) -> None:
    """Bring `order` up to date if its time to pay is over and nobody has looked yet.

    A customer who comes back then is told that it has expired, or has been paid, instead of being
    sent to a page that is closed. Does nothing more where the gateway does not answer.
    """
    late = order.payments.filter(status__in=PAYABLE, payable_until__lte=Now())
    for payment in late.exclude(session_id=""):
        pursue_payment(payment.pk)
        order.refresh_from_db()


def _ask(payment: Payment) -> list[Fact]:
    if payment.is_off_session:
        return ask_card(payment)
    adapter = adapter_for(payment.gateway)
    over = _is_over(payment)
    if not payment.session_id:
        if over and payment.first_sent_at is None:
            return [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))]
        try:
            opened = open_or_find(adapter, payment)
        except GatewayRefused:
            if not over:
                raise
            return [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))]  # it never was open
        Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token).update(
            session_id=opened.session_id, checkout_url=opened.url
        )
        payment.session_id = opened.session_id
    if over:
        _note_closing(payment)
    release_connection()
    if over:
        adapter.expire_checkout(payment.session_id, f"{payment.idempotency_key}:expire")
    return adapter.fetch_payment(sought(payment))


def _note_closing(payment: Payment) -> None:
    """Written down before the gateway hears of it (rule R1); a hold may end without anyone."""
    Payment.objects.filter(pk=payment.pk, closing_sent_at=None).update(
        closing_asked_at=Coalesce("closing_asked_at", Now()), closing_sent_at=Now()
    )


def _is_over(payment: Payment) -> bool:
    """Whether nobody should be able to pay this any more."""
    is_late = payment.payable_until is not None and payment.payable_until <= timezone.now()
    if payment.is_for_deposit:
        return is_late or closing_of(payment) is not None
    if payment.purpose in (Payment.Purpose.BALANCE, Payment.Purpose.EXTENSION):
        return is_late or payment.closing_asked_at is not None
    if payment.closing_asked_at is not None:
        return True
    order = RentalOrder.objects.filter(pk=payment.order_id)
    return not order.filter(status=OrderStatus.PENDING).exists() or order.lapsed().exists()


def sought(payment: Payment) -> Sought:
    """What the gateway needs to find `payment`."""
    return Sought(str(payment.pk), payment.session_id, payment.intent_id)


def expire_order(order_id: UUID) -> None:
    """End a lapsed hold: first nobody can pay any more, then what was paid is settled (D6.6)."""
    order = RentalOrder.objects.lapsed().filter(pk=order_id).first()
    if order is None:
        return
    for payment in order.payments.filter(status__in=PAYABLE):
        pursue_payment(payment.pk)
    with transaction.atomic(durable=True):
        settle(lock_order(order_id), SYSTEM)
