from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.domain.errors import GatewayUnavailable
from payments.services.missed_events import collect_missed_events
from payments.services.reconcile import DAYS, reconcile


class Command(BaseCommand):
    help = (
        "Collect the webhooks that did not reach us, and compare the payment service's books with"
        " ours. What we miss is taken in; what differs still is shown in the admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS, help=f"how far back ({DAYS})")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days must be at least 1.")
        try:
            missed = collect_missed_events()
            report = reconcile(days=options["days"])
        except GatewayUnavailable as error:
            raise CommandError("The payment service does not answer. Please try again.") from error
        self.stdout.write(
            f"Missed events: {missed}. Compared: {report.compared}, set right: {report.mended},"
            f" differing: {report.differing}."
        )
