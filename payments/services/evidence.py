"""What the shop can show a bank about a disputed payment, gathered from its own records (D6.10).

Plain values only, ready for JSON and for reading. No key, token or address to pay at is among them.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from common.errors import NotFound
from common.money import format_money
from payments.domain.notices import NOTICES
from payments.models import (
    Claim,
    ClaimEvidence,
    Dispute,
    OrderEvent,
    Payment,
    PaymentNotification,
    Refund,
    RentalOrder,
    RentalOrderItem,
)
from payments.services.notifications import render

Facts = dict[str, Any]

_PARTS: Final = ("items", "payments", "refunds", "events", "claims__evidence")


def gather_evidence(order_id: UUID, dispute_id: UUID) -> Facts:
    """Everything about one dispute of an order, in a constant number of queries.

    Raises NotFound for a dispute that the order does not have.
    """
    messages = PaymentNotification.objects.select_related("order", "recipient")
    orders = RentalOrder.objects.select_related("customer")
    rows = orders.prefetch_related(*_PARTS, Prefetch("notifications", messages))
    order = rows.filter(pk=order_id).first()
    dispute = Dispute.objects.filter(pk=dispute_id, order=order_id).first()
    if order is None or dispute is None:
        raise NotFound("This order has no such dispute.")
    return {
        "shop": settings.SHOP_NAME,
        "made_at": _instant(timezone.now()),
        "dispute": _dispute(dispute, order),
        "order": _order(order),
        "customer": _customer(order),
        "lines": [_line(item, order.currency) for item in order.items.all()],
        "terms": _terms(order),
        "claims": [_claim(claim) for claim in order.claims.all()],
        "payments": [_payment(payment) for payment in order.payments.all()],
        "refunds": [_refund(refund) for refund in order.refunds.all()],
        "timeline": [_event(event) for event in order.events.all()],
        "messages": [_message(message) for message in order.notifications.all()],
    }


def _instant(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if instant else ""


def _dispute(dispute: Dispute, order: RentalOrder) -> Facts:
    payment = next(p for p in order.payments.all() if p.pk == dispute.payment_id)
    return {
        "dispute_id": dispute.gateway_dispute_id,
        "payment_intent": payment.intent_id,
        "reason": dispute.reason,
        "status": dispute.state.label,
        "amount": format_money(dispute.amount_minor, dispute.currency),
        "evidence_due_by": _instant(dispute.respond_by),
        "first_heard_at": _instant(dispute.created_at),
    }


def _order(order: RentalOrder) -> Facts:
    return {
        "number": order.order_number,
        "status": order.status_display,
        "ordered_at": _instant(order.created_at),
        "rental_from": _instant(order.rental_start_date),
        "rental_until": _instant(order.rental_end_date),
        "rent": format_money(order.rent_minor, order.currency),
        "tax": format_money(order.tax_minor, order.currency),
        "deposit": format_money(order.deposit_minor, order.currency),
        "total": format_money(order.due_minor, order.currency),
        "notes_of_the_customer": order.notes,
    }


def _customer(order: RentalOrder) -> Facts:
    """Who ordered, and what we know of his coming here: he had to be logged in each time."""
    customer = order.customer
    own = [event for event in order.events.all() if event.actor == OrderEvent.Actor.CUSTOMER]
    return {
        "name": customer.get_full_name(),
        "email": customer.email,
        "account_since": _instant(customer.date_joined),
        "last_login": _instant(customer.last_login),
        "done_by_the_customer_when_logged_in": [
            {"at": _instant(event.created_at), "what": event.fact} for event in own
        ],
    }


def _line(item: RentalOrderItem, currency: str) -> Facts:
    return {
        "product": item.product_name,
        "quantity": item.quantity,
        "price_of_one": format_money(item.unit_minor, currency),
        "price_is_made_of": item.explanation,
        "rent": format_money(item.rent_minor, currency),
        "tax": format_money(item.tax_minor, currency),
        "deposit": format_money(item.deposit_minor, currency),
    }


def _terms(order: RentalOrder) -> list[str]:
    """The cancellation policy as it was when the order was confirmed."""
    tiers = [
        f"{row['percent_back']} % of rent and tax with {row['min_notice_hours']} hours of notice"
        for row in order.cancellation_policy
    ]
    return [*tiers, "The deposit comes back whole before pickup."] if tiers else []


def _claim(claim: Claim) -> Facts:
    return {
        "what": claim.get_kind_display(),
        "status": claim.state.label,
        "amount": format_money(claim.amount_minor, claim.currency),
        "reason": claim.reason,
        "made_at": _instant(claim.created_at),
        "files": [_path(evidence) for evidence in claim.evidence.all()],
    }


def _path(evidence: ClaimEvidence) -> str:
    """Of a file in the bundle; names may be the same, ids are not."""
    return f"claims/{evidence.pk}-{PurePosixPath(evidence.name).name}"


def claim_files(order_id: UUID) -> Iterator[tuple[str, bytes]]:
    """The pictures and documents of the order's claims, one in memory at a time."""
    for evidence in ClaimEvidence.objects.filter(claim__order=order_id):
        try:
            with evidence.file.open("rb") as file:
                yield _path(evidence), file.read()
        except OSError:
            yield f"{_path(evidence)}.missing.txt", b"This file is not in the storage any more.\n"


def _payment(payment: Payment) -> Facts:
    return {
        "payment_intent": payment.intent_id,
        "status": payment.state.label,
        "asked": format_money(payment.amount_minor, payment.currency),
        "received": format_money(payment.captured_minor, payment.currency),
        "given_back": format_money(payment.refunded_minor, payment.currency),
        "asked_at": _instant(payment.created_at),
    }


def _refund(refund: Refund) -> Facts:
    return {
        "refund_id": refund.gateway_refund_id,
        "status": refund.state.label,
        "amount": format_money(refund.amount_minor, refund.currency),
        "reason": refund.reason or refund.get_source_display(),
        "asked_at": _instant(refund.created_at),
    }


def _event(event: OrderEvent) -> Facts:
    return {
        "at": _instant(event.created_at),
        "what": event.fact,
        "status": event.to_status,
        "by": event.get_actor_display(),
        "name_at_the_payment_service": event.ref,
    }


def _message(message: PaymentNotification) -> Facts:
    """What was sent, rendered again from the order as it is now."""
    text = render(message) if message.kind in NOTICES else None
    return {
        "channel": message.get_channel_display(),
        "to": message.recipient.email,
        "status": message.get_status_display(),
        "sent_at": _instant(message.sent_at),
        "subject": text.subject if text else message.kind,
        "text": text.body if text else "",
    }
