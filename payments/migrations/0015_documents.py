"""Documents: numbered without gaps, and never changed once issued (docs/adr/0013)."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NEVER_CHANGED = """
CREATE FUNCTION payments_refuse_document_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a document is never changed: what is wrong is taken back by a new one';
END $$;
CREATE TRIGGER payments_document_never_changed
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_document
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_document_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0014_deposits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentNumber",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("QUOTE", "Quote"),
                            ("AGREEMENT", "Agreement"),
                            ("INVOICE", "Invoice"),
                            ("CREDIT_NOTE", "Credit note"),
                        ],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("QUOTE", "Quote"),
                            ("AGREEMENT", "Agreement"),
                            ("INVOICE", "Invoice"),
                            ("CREDIT_NOTE", "Credit note"),
                        ],
                        max_length=12,
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("content", models.JSONField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "total_minor",
                    models.BigIntegerField(
                        help_text="Rent, tax and claims; below zero on a credit note."
                    ),
                ),
                ("pdf", models.BinaryField()),
                ("sha256", models.CharField(help_text="Of the file.", max_length=64)),
                ("issued_at", models.DateTimeField()),
                (
                    "as_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.ledgertransaction",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="payments.document",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="payments.rentalorder",
                    ),
                ),
            ],
            options={
                "ordering": ["-issued_at", "-number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("corrects__isnull", False),
                                ("kind", "CREDIT_NOTE"),
                                ("total_minor__lte", 0),
                            ),
                            models.Q(
                                models.Q(("kind", "CREDIT_NOTE"), _negated=True),
                                ("corrects", None),
                                ("total_minor__gte", 0),
                            ),
                            _connector="OR",
                        ),
                        name="document_credit_note_corrects",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("as_of", None), ("kind__in", ["QUOTE", "AGREEMENT"])),
                            models.Q(
                                ("as_of__isnull", False), ("kind__in", ["INVOICE", "CREDIT_NOTE"])
                            ),
                            _connector="OR",
                        ),
                        name="document_follows_the_books",
                    ),
                ],
            },
        ),
        migrations.RunSQL(NEVER_CHANGED, "DROP FUNCTION payments_refuse_document_change() CASCADE"),
    ]
