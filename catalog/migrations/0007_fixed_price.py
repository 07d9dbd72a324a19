"""A price for a rental of any length (domain rule D3.1)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_serial_units"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="pricetier",
            name="price_tier_unit_is_known",
        ),
        migrations.AlterField(
            model_name="pricetier",
            name="unit",
            field=models.CharField(
                choices=[
                    ("HOUR", "hour"),
                    ("DAY", "day"),
                    ("WEEK", "week"),
                    ("MONTH", "month"),
                    ("FIXED", "fixed price"),
                ],
                max_length=5,
            ),
        ),
        migrations.AddConstraint(
            model_name="pricetier",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__in", ["HOUR", "DAY", "WEEK", "MONTH", "FIXED"])),
                name="price_tier_unit_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricetier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("unit", "FIXED"), _negated=True), ("length", 1), _connector="OR"
                ),
                name="price_tier_fixed_has_no_length",
                violation_error_message="A fixed price is for a rental of any length: leave 1.",
            ),
        ),
    ]
