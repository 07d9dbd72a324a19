"""Jobs are named, not imported: what runs them (payments/tasks.py) stands above the services."""

from functools import cache

from procrastinate.contrib.django.django_connector import DjangoConnector
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
    configure_task(name=f"payments.{task}", job_manager=_on_django_connection(), queue=QUEUE).defer(
        **arguments
    )
