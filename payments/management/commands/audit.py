from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.services.audit import MAX_ROWS, breaches


class Command(BaseCommand):
    help = (
        "Check the books: print the rows that break an invariant, and exit with 1 if there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-rest",
            action="store_true",
            help="Also what may be broken while work is under way: for when nothing is due.",
        )

    def handle(self, *args: Any, at_rest: bool, **options: Any) -> None:
        found = breaches(at_rest=at_rest)
        for breach in found:
            self.stdout.write(self.style.ERROR(str(breach.invariant)))
            for row in breach.rows:
                self.stdout.write("  " + "  ".join(str(value) for value in row))
            if len(breach.rows) == MAX_ROWS:
                self.stdout.write("  …")
        if found:
            raise CommandError(f"Broken: {len(found)}.")
        self.stdout.write("The books are sound.")
