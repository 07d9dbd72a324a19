"""A product without a late fee of its own has the shop's; 0 switches it off."""

from django.db import migrations, models

# Until now 0 was all that a product without a rule could say.
AS_THE_SHOP = "UPDATE catalog_product SET late_fee_minor = NULL WHERE late_fee_minor = 0"
NOTHING = "UPDATE catalog_product SET late_fee_minor = 0 WHERE late_fee_minor IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_fixed_price"),
    ]

    operations = [
        migrations.AlterField(
            model_name="product",
            name="late_fee_minor",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="0: a late return costs nothing. Empty: as the shop does it (LATE_FEE_MINOR).",
                null=True,
                verbose_name="late fee per unit",
            ),
        ),
        migrations.RunSQL(AS_THE_SHOP, NOTHING),
    ]
