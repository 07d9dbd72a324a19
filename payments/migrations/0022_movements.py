"""What goes out and comes back is kept movement by movement."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import payments.domain.fulfilment
import payments.models.files

# What was handed over and taken back before: whole orders, at the time of their step.
BACKFILL = """
INSERT INTO payments_movement
    (id, order_id, item_id, kind, quantity, condition, notes, at, staff_id, undo_reason)
SELECT gen_random_uuid(), item.order_id, item.id, step.kind, item.quantity, step.condition, '',
    step.at, step.user_id, ''
FROM payments_rentalorderitem AS item
JOIN payments_rentalorder AS made ON made.id = item.order_id
JOIN LATERAL (
    SELECT DISTINCT ON (fact) CASE fact WHEN 'order.returned' THEN 'BACK' ELSE 'OUT' END AS kind,
        CASE fact WHEN 'order.returned' THEN 'GOOD' ELSE '' END AS condition,
        fact, created_at AS at, user_id
    FROM payments_orderevent
    WHERE order_id = made.id AND (fact = 'order.returned' AND made.status <> 'PICKED_UP'
        OR fact = 'order.picked_up' AND from_status = 'CONFIRMED')
    ORDER BY fact, id DESC
) AS step ON true
WHERE made.status IN ('PICKED_UP', 'RETURNED', 'COMPLETED')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_serial_units"),
        ("payments", "0021_coupons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="rentalorderitem",
            name="late_fee",
            field=models.JSONField(
                blank=True,
                help_text="What a late return costs, as it was when ordered; empty: nothing.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Movement",
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
                        choices=[("OUT", "Out"), ("BACK", "Back"), ("LEFT", "Left")], max_length=4
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("GOOD", "Good"),
                            ("WORN", "Worn"),
                            ("DAMAGED", "Damaged"),
                            ("LOST", "Lost"),
                        ],
                        help_text="Of what came back.",
                        max_length=7,
                    ),
                ),
                (
                    "notes",
                    models.TextField(
                        blank=True, help_text="Staff alone see them.", max_length=2000
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo_reason", models.CharField(blank=True, max_length=200)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="payments.rentalorderitem",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="payments.rentalorder",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="movement",
            field=models.ForeignKey(
                blank=True,
                help_text="The return that it came with.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="claims",
                to="payments.movement",
            ),
        ),
        migrations.CreateModel(
            name="MovementPhoto",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        storage=payments.models.files.evidence_storage,
                        upload_to=payments.models.files.evidence_path,
                    ),
                ),
                (
                    "name",
                    models.CharField(help_text="As it is called when it is saved.", max_length=100),
                ),
                ("content_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField(help_text="In bytes.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="payments.movement",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UnitBinding",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("bound_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="payments.rentalorderitem",
                    ),
                ),
                (
                    "returned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned_units",
                        to="payments.movement",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_units",
                        to="payments.movement",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="catalog.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["bound_at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="movement_moves_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "condition__in",
                            [
                                payments.domain.fulfilment.Condition["GOOD"],
                                payments.domain.fulfilment.Condition["WORN"],
                                payments.domain.fulfilment.Condition["DAMAGED"],
                                payments.domain.fulfilment.Condition["LOST"],
                            ],
                        ),
                        ("kind", "BACK"),
                    ),
                    models.Q(("condition", ""), ("kind__in", ["OUT", "LEFT"])),
                    _connector="OR",
                ),
                name="movement_condition_of_what_is_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undo_reason", ""), ("undone_at__isnull", True)),
                    models.Q(
                        ("undone_at__isnull", False), models.Q(("undo_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="movement_undone_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitbinding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("unit",),
                name="unitbinding_out_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitbinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("returned_by__isnull", True), ("released_at__isnull", False), _connector="OR"
                ),
                name="unitbinding_returned_is_released",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
