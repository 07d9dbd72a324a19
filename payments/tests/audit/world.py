"""Sound books, at rest, with rows in every view; made without a gateway."""

from typing import cast

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain import facts
from payments.domain.documents import DocumentKind
from payments.domain.facts import PaymentFact, RefundFact
from payments.domain.states import RefundStatus
from payments.models import Payment, PaymentNotification, Refund, RentalOrder, WebhookEvent
from payments.services.documents import issue_document
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.services.settlement import absorb
from payments.tests.factories import make_gateway, make_user, placed


def make_books() -> None:
    """One order paid, one cancelled and refunded, one unpaid; two customers."""
    gateway, product = make_gateway(), make_product()
    customer = make_user()
    invoiced(paid(customer, product, "1"))
    give_back(invoiced(paid(customer, product, "2")))
    unpaid = cast(Payment, placed(make_user(), [(product, 1)], None, "").new_payment)
    unpaid.end_attempt(session_id="cs_3", again_in=None)
    WebhookEvent.objects.create(
        gateway=gateway,
        event_id="evt_1",
        event_type="charge.refunded",
        livemode=False,
        status="APPLIED",
        occurred_at=timezone.now(),
        apply_count=1,
        applied_at=timezone.now(),
    )
    come_to_rest()


def paid(customer: User, product: Product, number: str) -> RentalOrder:
    placement = placed(customer, [(product, 1)], None, "")
    payment = cast(Payment, placement.new_payment)
    fact = PaymentFact(
        facts.SUCCEEDED,
        session_id=f"cs_{number}",
        intent_id=f"pi_{number}",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        ref=f"pi_{number}:succeeded",
    )
    absorb(payment, [fact])
    return placement.order


def invoiced(order: RentalOrder, kind: DocumentKind = DocumentKind.INVOICE) -> RentalOrder:
    issue_document(order_id=order.pk, kind=kind, actor=SYSTEM, now=timezone.now())
    return order


def give_back(order: RentalOrder) -> None:
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    invoiced(order, DocumentKind.CREDIT_NOTE)
    refund = Refund.objects.get(order=order)
    fact = RefundFact(
        RefundStatus.SUCCEEDED,
        gateway_refund_id="re_1",
        intent_id=refund.payment.intent_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        refund_id=str(refund.pk),
    )
    absorb(refund.payment, [fact])


def come_to_rest() -> None:
    """As if workers had sent what waits."""
    Payment.objects.update(lease_until=None)
    Refund.objects.update(first_sent_at=F("created_at"))
    PaymentNotification.objects.update(status="SENT", sent_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
