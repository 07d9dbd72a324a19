"""What brings back everything that was left lying: lost jobs, dead workers, silent gateways.

Jobs make things quick; this makes them certain. With no webhook at all the system heals itself.
"""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from payments.models import (
    HoldClosing,
    IdempotencyKey,
    OrderQuote,
    Payment,
    PaymentNotification,
    Refund,
    RentalOrder,
    WebhookEvent,
)
from payments.models.orders import RentalOrderQuerySet
from payments.services.idempotency import KEY_LIFETIME
from payments.services.jobs import enqueue_once

# So many of each kind at a time: a herd after an outage is served in turns (matrix row E07).
BATCH = 200


def sweep() -> int:
    """Queue a job for each thing that is due and has none waiting; returns how many."""
    due = [
        *(("apply_webhook", "event_id", row) for row in _ids(WebhookEvent.objects.due())),
        *(("pursue_payment", "payment_id", row) for row in _ids(Payment.objects.due())),
        *(("send_refund", "refund_id", row) for row in _ids(Refund.objects.due())),
        *(
            ("send_notification", "notification_id", row)
            for row in _ids(PaymentNotification.objects.due())
        ),
        *(("close_hold", "closing_id", row) for row in _ids(HoldClosing.objects.due())),
        *(("secure_deposit", "order_id", row) for row in _ids(_without_a_hold())),
        *(("expire_order", "order_id", row) for row in _ids(_lapsed_without_a_payment())),
        *(("expire_quote", "order_id", row) for row in _ids(OrderQuote.objects.lapsed())),
        *(("release_deposit", "order_id", row) for row in _ids(RentalOrder.objects.uninspected())),
    ]
    return sum(enqueue_once(task, row, **{name: row}) for task, name, row in due)


def _without_a_hold() -> RentalOrderQuerySet:
    return RentalOrder.objects.awaiting_hold(settings.DEPOSIT_HOLD_LEAD)


def _lapsed_without_a_payment() -> RentalOrderQuerySet:
    """Lapsed orders that no payment will end: one that is still pursued ends its order itself, in
    its own time, so that a gateway that is away is not asked at every sweep (matrix row E07)."""
    pursued = Payment.objects.payable().filter(order=OuterRef("pk"), next_attempt_at__isnull=False)
    return RentalOrder.objects.lapsed().filter(~Exists(pursued))


def _ids(rows: Any) -> list[str]:
    """A few of them, by lot: however many are stuck, they hold up nobody for long."""
    return [str(pk) for pk in rows.order_by("?").values_list("pk", flat=True)[:BATCH]]


def forget_old_requests() -> int:
    """Delete idempotency keys past their lifetime; returns how many."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=Now() - KEY_LIFETIME).delete()
    return deleted
