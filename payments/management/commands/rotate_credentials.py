from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.models.gateways import CredentialUnreadable
from payments.services.credentials import rotate_credentials


class Command(BaseCommand):
    help = (
        "Encrypt the credentials of all payment gateways with the first of CREDENTIAL_KEYS."
        " Afterwards the other keys can be taken out (docs/operations.md)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotate_credentials()
        except CredentialUnreadable as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self.stdout.write(f"Payment gateways encrypted with the first key: {count}.")
