"""Lines keep their buffers, parts and adjustments; reservations know whether units are out."""

import datetime

import django.db.models.expressions
from django.db import migrations, models

# Buffers as they were when ordered, from what was held for them; and units that are out or back by
# now, which went whole orders at a time.
BACKFILL = """
UPDATE payments_rentalorderitem AS item SET
    prep_time = made.rental_start_date - held.starts_at,
    turnaround_time = held.ends_at - made.rental_end_date
FROM payments_reservation AS held JOIN payments_rentalorder AS made ON made.id = held.order_id
WHERE held.item_id = item.id;
UPDATE payments_reservation AS held SET stage = 'OUT', due_at = made.rental_end_date
FROM payments_rentalorder AS made WHERE made.id = held.order_id AND made.status = 'PICKED_UP';
UPDATE payments_reservation AS held SET stage = 'BACK'
FROM payments_rentalorder AS made
WHERE made.id = held.order_id AND made.status IN ('RETURNED', 'COMPLETED');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_supply"),
        ("payments", "0015_documents"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="rentalorderitem",
            name="rentalorderitem_line_adds_up",
        ),
        migrations.RemoveConstraint(
            model_name="rentalorderitem",
            name="rentalorderitem_amounts_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="reservation",
            name="reservation_duration_bounded",
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="adjustment_minor",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="What discounts take from the line (below zero) and surcharges add.",
            ),
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="explanation",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="The price in one sentence."
            ),
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="parts",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Of a kit, as they were when ordered.",
            ),
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="prep_time",
            field=models.DurationField(
                db_default=datetime.timedelta(0),
                default=datetime.timedelta(0),
                help_text="As it was when ordered (D2.2).",
            ),
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="turnaround_time",
            field=models.DurationField(
                db_default=datetime.timedelta(0), default=datetime.timedelta(0)
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="due_at",
            field=models.DateTimeField(
                blank=True, help_text="When units that are out must be back.", null=True
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="stage",
            field=models.CharField(
                choices=[("RESERVED", "Reserved"), ("OUT", "Out"), ("BACK", "Back")],
                db_default="RESERVED",
                default="RESERVED",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="is_active",
            field=models.BooleanField(default=True, help_text="Whether it counts."),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("is_active", True), ("stage", "OUT")),
                fields=["product", "due_at"],
                include=("ends_at", "quantity"),
                name="reservation_out_by_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="rentalorderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rent_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("unit_minor"), "*", models.F("quantity")
                            ),
                            "+",
                            models.F("adjustment_minor"),
                        ),
                    )
                ),
                name="rentalorderitem_line_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="rentalorderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rent_minor__gte", 0),
                    ("unit_minor__gte", 0),
                    ("deposit_minor__gte", 0),
                    ("tax_minor__gte", 0),
                ),
                name="rentalorderitem_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__lt",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(days=460))
                        ),
                    )
                ),
                name="reservation_duration_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("stage", "OUT")),
                    models.Q(("due_at__isnull", True), ("stage__in", ["RESERVED", "BACK"])),
                    _connector="OR",
                ),
                name="reservation_out_is_due",
            ),
        ),
    ]
