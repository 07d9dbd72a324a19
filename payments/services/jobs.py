"""Jobs are named, not imported: what runs them (payments/tasks.py) stands above the services."""

from functools import cache

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

QUEUE = "payments"


@cache
def _on_django_connection() -> JobManager:
    """Not the app's own: inside a worker that one has connections of its own, and what it defers is
    visible before our transaction commits and stays if it rolls back."""
    return JobManager(DjangoConnector())


def enqueue(task: str, **arguments: str) -> None:
    """Have a worker run `payments.tasks.<task>` once the present transaction has committed.

    Written in that transaction, so a job exists exactly if the row it serves does (rule R17). The
    row's own `next_attempt_at` brings it back should the job be lost.
    """
    _task(task).defer(**arguments)


def enqueue_once(task: str, row: str, **arguments: str) -> bool:
    """The same unless the last such job for `row` still waits; False then. Not in a transaction."""
    try:
        _task(task, f"{task}:{row}").defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


def _task(task: str, queueing_lock: str | None = None) -> JobDeferrer:
    return configure_task(
        name=f"payments.{task}",
        job_manager=_on_django_connection(),
        queue=QUEUE,
        queueing_lock=queueing_lock,
    )
