"""QUIET: time passes, workers work and the sweeper sweeps until nothing changes any more."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from payments.models import RentalOrder
from payments.services.sweep import sweep

_WORK_ROWS: Final = (
    "payments_payment",
    "payments_refund",
    "payments_holdclosing",
    "payments_webhookevent",
    "payments_paymentnotification",
)


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def leases_end() -> None:
    """Whoever held a lease has had it for too long."""
    for table in _WORK_ROWS:
        _execute(
            f"UPDATE {table} SET lease_until = now() - interval '1 second'"
            " WHERE lease_until IS NOT NULL"
        )


def everything_falls_due() -> None:
    """The waiting times between attempts are over."""
    for table in _WORK_ROWS:
        _execute(
            f"UPDATE {table} SET next_attempt_at = now() - interval '1 second'"
            " WHERE next_attempt_at IS NOT NULL"
        )


def hold_ends(order: RentalOrder) -> None:
    """The time for paying is over, by the database's clock."""
    RentalOrder.objects.filter(pk=order.pk).update(hold_expires_at=order.created_at)


def work() -> list[Exception]:
    """Run the waiting jobs and those they make; returns what jobs raised, for which a worker
    writes a line and goes on."""
    failures: list[Exception] = []
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
        outcome = "succeeded"
        _set_status(job.pk, "doing")
        try:
            app.tasks[job.task_name](**job.args)
        except Exception as error:
            failures.append(error)
            outcome = "failed"
        _set_status(job.pk, outcome)
    return failures


def _set_status(job: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job])


def _state() -> object:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'o', id, status, '' FROM payments_rentalorder"
            " UNION ALL SELECT 'p', id, status, session_id FROM payments_payment"
            " UNION ALL SELECT 'r', id, status, gateway_refund_id FROM payments_refund"
            " UNION ALL SELECT 'h', id, status, '' FROM payments_holdclosing"
            " UNION ALL SELECT 'n', id, status, '' FROM payments_paymentnotification"
            " UNION ALL SELECT 'w', id, status, '' FROM payments_webhookevent ORDER BY 1, 2"
        )
        return cursor.fetchall()


def quiet(turns: int = 10) -> list[Exception]:
    """Let time pass until two turns leave the same state; returns what jobs raised meanwhile."""
    failures: list[Exception] = []
    before = None
    for _ in range(turns):
        leases_end()
        everything_falls_due()
        sweep()
        failures += work()
        after = _state()
        if after == before:
            return failures
        before = after
    raise AssertionError(f"no rest after {turns} turns: {before}")


class _FailsAtTheEnd(Exception):
    pass


def rolled_back(doing: Callable[[], object]) -> None:
    """Do it in a transaction that fails afterwards."""
    with suppress(_FailsAtTheEnd), transaction.atomic():
        doing()
        raise _FailsAtTheEnd
