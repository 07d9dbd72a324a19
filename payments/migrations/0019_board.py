"""What the board of a day reads, as indexes, made without stopping those who write."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0018_order_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("status__in", ["INQUIRY", "NEEDS_RESPONSE"])),
                fields=["respond_by"],
                name="dispute_to_answer",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status", "AUTHORIZED")),
                fields=["capture_before"],
                name="payment_held",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status", "QUARANTINED")),
                fields=["created_at"],
                name="payment_quarantined",
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                condition=models.Q(
                    ("status__in", ["UNAPPROVED", "PENDING", "PROCESSING", "FAILED"])
                ),
                fields=["status", "created_at"],
                name="refund_unfinished",
            ),
        ),
        AddIndexConcurrently(
            model_name="rentalorder",
            index=models.Index(
                condition=models.Q(("status", "PICKED_UP")),
                fields=["rental_end_date"],
                name="rentalorder_out",
            ),
        ),
        AddIndexConcurrently(
            model_name="rentalorder",
            index=models.Index(
                condition=models.Q(("attention", ""), _negated=True),
                fields=["updated_at"],
                name="rentalorder_attention",
            ),
        ),
    ]
