"""A change of an unpaid order waits for the end of its checkouts, and for no payment of its own."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0025_what_is_asked_anew"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderchange",
            name="orderchange_waits_for_a_payment",
        ),
        migrations.AddConstraint(
            model_name="orderchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "PENDING"), _negated=True),
                    models.Q(("difference_minor__gt", 0), ("expires_at__isnull", False)),
                    models.Q(("expires_at__isnull", False), ("payment", None)),
                    _connector="OR",
                ),
                name="orderchange_waits_for_a_payment",
            ),
        ),
    ]
