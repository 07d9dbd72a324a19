"""What stands on each account is read off an index, made without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0012_holds_in_database_code")]

    operations = [
        AddIndexConcurrently(
            "ledgerentry",
            models.Index(
                fields=["account", "currency"],
                include=["amount_minor"],
                name="ledgerentry_by_account",
            ),
        ),
    ]
