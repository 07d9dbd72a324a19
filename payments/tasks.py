"""The jobs that workers run. Each is one call of a service and may run any number of times."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import close_old_connections
from procrastinate import JobContext, RetryStrategy
from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app

from payments.domain.errors import GatewayUnavailable
from payments.services import (
    audit,
    deposits,
    drafts,
    hold_closing,
    holds,
    missed_events,
    notifications,
    pursuit,
    refund_sending,
    webhooks,
)
from payments.services import reconcile as reconciling
from payments.services import sweep as sweeping
from payments.services.jobs import QUEUE


@contextmanager
def _fresh_connection() -> Iterator[None]:
    """A worker's threads live long: a connection that the server has closed is replaced."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


@app.task(name="payments.apply_webhook", queue=QUEUE)
def apply_webhook(event_id: str) -> None:
    with _fresh_connection():
        webhooks.apply_event(UUID(event_id))


@app.task(name="payments.pursue_payment", queue=QUEUE)
def pursue_payment(payment_id: str) -> None:
    with _fresh_connection():
        pursuit.pursue_payment(UUID(payment_id))


@app.task(name="payments.send_refund", queue=QUEUE)
def send_refund(refund_id: str) -> None:
    with _fresh_connection():
        refund_sending.send_refund(UUID(refund_id))


@app.task(name="payments.secure_deposit", queue=QUEUE)
def secure_deposit(order_id: str) -> None:
    with _fresh_connection():
        holds.secure_deposit(UUID(order_id))


@app.task(name="payments.close_hold", queue=QUEUE)
def close_hold(closing_id: str) -> None:
    with _fresh_connection():
        hold_closing.close_hold(UUID(closing_id))


@app.task(name="payments.send_notification", queue=QUEUE)
def send_notification(notification_id: str) -> None:
    with _fresh_connection():
        notifications.send_notification(UUID(notification_id))


@app.task(name="payments.expire_order", queue=QUEUE)
def expire_order(order_id: str) -> None:
    with _fresh_connection():
        pursuit.expire_order(UUID(order_id))


@app.task(name="payments.expire_quote", queue=QUEUE)
def expire_quote(order_id: str) -> None:
    with _fresh_connection():
        drafts.expire_quote(UUID(order_id))


@app.task(name="payments.release_deposit", queue=QUEUE)
def release_deposit(order_id: str) -> None:
    with _fresh_connection():
        deposits.release_deposit(UUID(order_id))


# One at a time, however many schedulers run: a second one finds the lock taken (matrix row E09).
@app.periodic(cron="*/10 * * * * *")
@app.task(name="payments.sweep", queue=QUEUE, queueing_lock="payments.sweep")
def sweep(timestamp: int) -> None:
    """Every ten seconds: queue whatever is due."""
    with _fresh_connection():
        sweeping.sweep()


@app.periodic(cron="7 * * * *")
@app.task(
    name="payments.collect_missed_events",
    queue=QUEUE,
    queueing_lock="payments.collect_missed_events",
)
def collect_missed_events(timestamp: int) -> None:
    """Hourly: webhooks that did not reach us."""
    with _fresh_connection():
        missed_events.collect_missed_events()


# The gateway may be away just then, and a whole day is long.
_ASK_LATER = RetryStrategy(max_attempts=8, wait=900, retry_exceptions={GatewayUnavailable})


@app.periodic(cron="47 2 * * *")
@app.task(
    name="payments.reconcile",
    queue=QUEUE,
    queueing_lock="payments.reconcile",
    lock="payments.reconcile",
    retry=_ASK_LATER,
)
def reconcile(timestamp: int) -> None:
    """Nightly: the gateway's books against ours."""
    with _fresh_connection():
        reconciling.reconcile()


@app.periodic(cron="17 3 * * *")
@app.task(name="payments.forget_old_requests", queue=QUEUE)
def forget_old_requests(timestamp: int) -> None:
    """Nightly."""
    with _fresh_connection():
        sweeping.forget_old_requests()


@app.periodic(cron="7 4 * * *")
@app.task(name="payments.audit_books", queue=QUEUE)
def audit_books(timestamp: int) -> None:
    """Nightly: an error in the log for each invariant that the books break."""
    with _fresh_connection():
        audit.report()


@app.periodic(cron="37 3 * * *")
@app.task(name="payments.forget_old_jobs", queue=QUEUE, pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Nightly: finished jobs are kept for three days."""
    await remove_old_jobs(context, max_hours=72)
