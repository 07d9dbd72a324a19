"""Jobs are named, not imported: what runs them (payments/tasks.py) stands above the services."""

from procrastinate.contrib.django import app

OPEN_QUEUE = "payments"


def enqueue(task: str, **arguments: str) -> None:
    """Have a worker run `payments.tasks.<task>` once the present transaction has committed.

    Written in that transaction, so a job exists exactly if the row it serves does (rule R17). The
    row's own `next_attempt_at` brings it back should the job be lost.
    """
    app.configure_task(f"payments.{task}", queue=OPEN_QUEUE).defer(**arguments)
