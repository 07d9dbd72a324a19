"""Receipts of what was paid after the invoice; and what a customer had not paid when his deposit was
settled."""

from django.db import migrations, models

KINDS = [
    ("QUOTE", "Quote"),
    ("AGREEMENT", "Agreement"),
    ("INVOICE", "Invoice"),
    ("CREDIT_NOTE", "Credit note"),
    ("RECEIPT", "Receipt"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0023_quotes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="document",
            name="document_follows_the_books",
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12),
        ),
        migrations.AlterField(
            model_name="document",
            name="total_minor",
            field=models.BigIntegerField(
                help_text="Rent, tax and claims, below zero on a credit note; what was paid on a receipt."
            ),
        ),
        migrations.AlterField(
            model_name="documentnumber",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12, primary_key=True, serialize=False),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("as_of", None), ("kind__in", ["QUOTE", "AGREEMENT"])),
                    models.Q(
                        ("as_of__isnull", False),
                        ("kind__in", ["INVOICE", "CREDIT_NOTE", "RECEIPT"]),
                    ),
                    _connector="OR",
                ),
                name="document_follows_the_books",
            ),
        ),
        migrations.AddField(
            model_name="depositsettlement",
            name="unpaid_minor",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="What the customer was to pay later, and had not.",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositsettlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("unpaid_minor__gte", 0)),
                name="depositsettlement_unpaid_not_negative",
            ),
        ),
    ]
