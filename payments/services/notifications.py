"""Messages: rendered and sent by a worker, one row each (road F)."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from common.errors import Conflict
from common.logging import get_logger
from common.money import format_money
from payments.channels import CHANNELS, Message
from payments.domain.deposits import ClaimKind
from payments.domain.notices import NOTICES, words_of_settlement
from payments.domain.retry import MAX_ATTEMPTS, backoff
from payments.domain.states import ClaimStatus, NotificationStatus, OrderStatus
from payments.models import PaymentNotification, RentalOrder
from payments.services.jobs import enqueue

log = get_logger(__name__)

# What is paid after the return keeps no units.
_BACK = {OrderStatus.RETURNED, OrderStatus.COMPLETED}

# A message that its order has outrun is not sent: never "confirmed" after "cancelled" (row D11).
OUTRUN = {
    "order_confirmed": {OrderStatus.CANCELLED},
    "payment_declined": {OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, *_BACK},
    "payment_failed": {OrderStatus.CONFIRMED, OrderStatus.CANCELLED, *_BACK},
    "order_changed": {OrderStatus.CANCELLED, OrderStatus.EXPIRED},
    "change_to_pay": {OrderStatus.CANCELLED, OrderStatus.NO_SHOW, *_BACK},
    "quote_sent": {OrderStatus.CANCELLED},
    "deposit_action_required": {
        OrderStatus.COMPLETED,
        OrderStatus.CANCELLED,
        OrderStatus.NO_SHOW,
    },
}


def send_notification(notification_id: UUID) -> None:
    """Send one message; try again later if the channel is down, give up after MAX_ATTEMPTS."""
    rows = PaymentNotification.objects.select_related("order", "recipient")
    notification = rows.filter(pk=notification_id).first()
    if notification is None:  # the same fact came twice, and another row tells it
        return
    if notification.status != NotificationStatus.PENDING or not notification.take_lease():
        return
    if notification.order.state in OUTRUN.get(notification.kind, ()):
        notification.end_attempt(status=NotificationStatus.CANCELLED, again_in=None)
        return
    try:
        CHANNELS[notification.channel](render(notification))
    except Exception as error:  # whatever is wrong with one message must not hold up others
        _postpone(notification, error)
        return
    notification.end_attempt(
        status=NotificationStatus.SENT, stamp="sent_at", again_in=None, last_error=""
    )
    log.info("notification_sent", kind=notification.kind, order_number=str(notification.order))


def _postpone(notification: PaymentNotification, error: Exception) -> None:
    gives_up = notification.attempts >= MAX_ATTEMPTS
    notification.end_attempt(
        status=NotificationStatus.FAILED if gives_up else NotificationStatus.PENDING,
        again_in=None if gives_up else backoff(notification.attempts),
        last_error=type(error).__name__,
    )
    log.warning("notification_failed", kind=notification.kind, gives_up=gives_up)


def resend(notification_id: UUID) -> None:
    """Give a failed message all its tries again. Raises Conflict for one that did not fail."""
    with transaction.atomic(durable=True):
        failed = PaymentNotification.objects.filter(
            pk=notification_id, status=NotificationStatus.FAILED
        )
        if not failed.update(status=NotificationStatus.PENDING, attempts=0, next_attempt_at=Now()):
            raise Conflict("Only a message that failed can be sent again.")
        enqueue("send_notification", notification_id=str(notification_id))


def render(notification: PaymentNotification) -> Message:
    """The text of a message, from the order as it is now."""
    order, notice = notification.order, NOTICES[notification.kind]
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    values = {
        "name": notification.recipient.get_full_name() or "customer",
        "number": order.order_number,
        "shop": settings.SHOP_NAME,
        "amount": format_money(order.due_minor, order.currency),
        "deposit": format_money(order.charged_deposit_minor, order.currency),
        "held": format_money(order.deposit_minor, order.currency),
        "link": f"{settings.SITE_URL}/orders/{order.pk}/",
        "start": f"{order.rental_start_date.astimezone(zone):%d %b %Y %H:%M}",
        "end": f"{order.rental_end_date.astimezone(zone):%d %b %Y %H:%M}",
        "quote": order.quote.url if notification.kind == "quote_sent" else "",
        "why": _why_late(order) if notification.kind == "change_late" else "",
        "settlement": _settlement(order) if notification.kind == "deposit_settled" else "",
    }
    return Message(
        message_id=str(notification.pk),
        to=notification.recipient.email,
        subject=notice.subject.format(**values),
        body=notice.body.format(**values),
    )


def _why_late(order: RentalOrder) -> str:
    return str(order.events.filter(fact="change.late").latest("created_at").data["why"])


def _settlement(order: RentalOrder) -> str:
    accepted = order.claims.filter(status=ClaimStatus.ACCEPTED)
    claims = [(ClaimKind(row.kind), row.amount_minor, row.reason) for row in accepted]
    outcome = order.deposit_settlement.outcome
    return words_of_settlement(outcome, claims, order.currency, order.secured_by)
