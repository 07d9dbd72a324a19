"""What /readyz asks about payments: are jobs being worked on?"""

from datetime import timedelta

from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from common.health import register_check

ACCEPTABLE_LAG = timedelta(minutes=5)


def check_queue() -> str:
    """Raises RuntimeError when a job has been waiting for longer than ACCEPTABLE_LAG."""
    waiting = ProcrastinateJob.objects.filter(status="todo")
    late = waiting.filter(
        procrastinateevent__type="deferred", procrastinateevent__at__lt=Now() - ACCEPTABLE_LAG
    )
    if late.filter(scheduled_at=None).exists():
        raise RuntimeError("Jobs are waiting: is a worker running?")
    return f"{waiting.count()} jobs waiting"


# Not critical: without a worker, ordering and paying still work, and the work rows wait.
register_check("queue", check_queue, critical=False)
