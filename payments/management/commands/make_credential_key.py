from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Print a new key for CREDENTIAL_KEYS. Keep it as safe as the database's backups."
    requires_system_checks: list[str] = []  # it is the way out of a refused start

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(Fernet.generate_key().decode())
