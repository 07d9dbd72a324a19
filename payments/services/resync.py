"""Asking the gateway about everything of a payment or an order now, whatever their state (R7)."""

from uuid import UUID

from django.db import transaction

from payments.domain.facts import Fact
from payments.domain.states import RefundStatus
from payments.gateways import adapter_for
from payments.gateways.base import Sought
from payments.models import HoldClosing, Payment, Refund
from payments.services.hold_closing import close_hold
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order
from payments.services.outside import release_connection
from payments.services.pursuit import pursue_payment
from payments.services.refund_sending import send_refund
from payments.services.settlement import absorb


def resync_order(*, order_id: UUID, actor: Actor) -> None:
    """Ask about all payments, holds and refunds of an order, and settle it by what is heard.

    Raises GatewayUnavailable and GatewayRefused; what was heard before that is kept.
    """
    with transaction.atomic(durable=True):
        record(lock_order(order_id), "order.resynced", actor)
    for payment in Payment.objects.filter(order=order_id).select_related("gateway"):
        resync_payment(payment)
    for closing_id in (
        HoldClosing.objects.pending().filter(payment__order=order_id).values_list("pk", flat=True)
    ):
        close_hold(closing_id)
    waiting = Refund.objects.filter(order=order_id, status=RefundStatus.PENDING)
    for refund_id in waiting.values_list("pk", flat=True):
        send_refund(refund_id)


def resync_payment(payment: Payment, *, intent_id: str = "") -> list[Fact]:
    """Take in everything that the gateway knows of one payment and its refunds; returns it.

    `intent_id` is theirs, for a payment that we have not stored it of. One that they may not know
    is opened, or found there, by whoever gets its lease.
    """
    sought = Sought(str(payment.pk), payment.session_id, payment.intent_id or intent_id)
    if not (sought.session_id or sought.intent_id):
        pursue_payment(payment.pk)
        return []
    release_connection()
    found = adapter_for(payment.gateway).fetch_payment(sought)
    absorb(payment, found)
    return found
