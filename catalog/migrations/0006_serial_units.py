"""Units with serial numbers, and late fees. The units of a product that tracks them are counted by
the database, whoever writes."""

import datetime
import uuid

import django.db.models.deletion
from django.db import migrations, models

import catalog.models.products

COUNT = """
CREATE FUNCTION catalog_tracked_units(product uuid) RETURNS integer LANGUAGE sql AS $$
    SELECT count(*)::integer FROM catalog_unit WHERE product_id = product AND retired_at IS NULL
$$;

CREATE FUNCTION catalog_count_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := coalesce(NEW.product_id, OLD.product_id);
BEGIN
    -- Others who register or retire units of the product wait here; the next statement sees theirs.
    PERFORM FROM catalog_product WHERE id = changed FOR NO KEY UPDATE;
    UPDATE catalog_product SET units = catalog_tracked_units(id) WHERE id = changed AND tracks_units;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_unit_counted AFTER INSERT OR UPDATE OR DELETE ON catalog_unit
    FOR EACH ROW EXECUTE FUNCTION catalog_count_units();

CREATE FUNCTION catalog_keep_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.units := catalog_tracked_units(NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_product_counted BEFORE INSERT OR UPDATE ON catalog_product
    FOR EACH ROW WHEN (NEW.tracks_units) EXECUTE FUNCTION catalog_keep_count();
"""

UNCOUNT = """
DROP FUNCTION catalog_keep_count() CASCADE;
DROP FUNCTION catalog_count_units() CASCADE;
DROP FUNCTION catalog_tracked_units(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_supply"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("serial", models.CharField(max_length=80, verbose_name="serial number")),
                ("notes", models.TextField(blank=True, max_length=2000)),
                (
                    "retired_at",
                    models.DateTimeField(
                        blank=True, help_text="Sold, scrapped or lost.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "unit with a serial number",
                "verbose_name_plural": "units with serial numbers",
                "ordering": ["product", "serial"],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="late_cap_minor",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="0: without a limit.",
                verbose_name="at most per unit",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="late_fee_minor",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="0: a late return costs nothing.",
                verbose_name="late fee per unit",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="late_fee_unit",
            field=models.CharField(
                choices=[("HOUR", "Hour"), ("DAY", "Day")],
                db_default="DAY",
                default="DAY",
                max_length=4,
                verbose_name="for each started",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="late_grace",
            field=models.DurationField(
                db_default=datetime.timedelta(0),
                default=datetime.timedelta(0),
                help_text="A return that is no later than this costs nothing.",
                validators=[catalog.models.products.whole_minutes],
                verbose_name="grace",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="tracks_units",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Its units in service are then those registered with a serial number.",
                verbose_name="units have serial numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("late_fee_minor__range", (0, 99999999)),
                    ("late_cap_minor__range", (0, 99999999)),
                    ("late_fee_unit__in", ["HOUR", "DAY"]),
                ),
                name="product_late_fee_in_range",
                violation_error_message="The late fee is too large.",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("late_grace__range", (datetime.timedelta(0), datetime.timedelta(days=30)))
                ),
                name="product_late_grace_in_range",
                violation_error_message="The grace must be between 0 and 30 days.",
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="serial_units",
                to="catalog.product",
            ),
        ),
        migrations.AddField(
            model_name="supplychange",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                help_text="The unit that is away, if its serial number is known.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supply_changes",
                to="catalog.unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(
                fields=("product", "serial"),
                name="unit_serial_once_per_product",
                violation_error_message="There is a unit with this serial number already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("serial", ""), _negated=True), name="unit_has_a_serial"
            ),
        ),
        migrations.RunSQL(COUNT, UNCOUNT),
    ]
