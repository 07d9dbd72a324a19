"""How often an event was applied is counted, and closing a checkout is an intent of its own."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

COUNT = "UPDATE payments_webhookevent SET apply_count = 1 WHERE applied_at IS NOT NULL"

VIEWS = """
CREATE OR REPLACE VIEW audit.events AS
SELECT event_id::text AS event_id, event_type::text AS type, livemode, lower(status) AS state,
    apply_count::integer AS apply_count, created_at AS received_at, applied_at
FROM payments_webhookevent;

CREATE OR REPLACE VIEW audit.intents AS
SELECT id::text AS intent_id,
    CASE kind WHEN 'DEPOSIT' THEN 'hold' WHEN 'CHARGE' THEN 'open_session' ELSE 'charge' END
        AS kind,
    order_id::text AS subject_id, {environment} || ':' || id || ':' || generation AS idempotency_key,
    CASE
        WHEN session_id <> '' OR intent_id <> '' THEN 'done'
        WHEN status NOT IN ('PENDING', 'PROCESSING', 'AUTHORIZED') THEN 'failed'
        WHEN first_sent_at IS NULL THEN 'pending'
        ELSE 'sent'
    END AS state,
    attempts, created_at, first_sent_at,
    CASE WHEN session_id <> '' OR intent_id <> ''
            OR status NOT IN ('PENDING', 'PROCESSING', 'AUTHORIZED')
        THEN updated_at END AS finished_at,
    coalesce(nullif(session_id, ''), nullif(intent_id, ''))::text AS external_id
FROM payments_payment
UNION ALL
SELECT id || ':expire', 'expire_session', order_id::text,
    {environment} || ':' || id || ':' || generation || ':expire',
    CASE WHEN status <> 'PENDING' THEN 'done' WHEN closing_sent_at IS NULL THEN 'pending'
        ELSE 'sent' END,
    attempts, closing_asked_at, closing_sent_at,
    CASE WHEN status <> 'PENDING' THEN updated_at END,
    NULL  -- the session, which the intent that opened it names
FROM payments_payment WHERE closing_asked_at IS NOT NULL
UNION ALL
SELECT id::text, 'refund', payment_id::text, {environment} || ':' || id || ':' || generation,
    CASE
        WHEN gateway_refund_id <> '' OR status = 'SUCCEEDED' THEN 'done'
        WHEN status IN ('FAILED', 'CANCELLED', 'PAID_BY_HAND') THEN 'failed'
        WHEN first_sent_at IS NULL THEN 'pending'
        ELSE 'sent'
    END,
    attempts, created_at, first_sent_at,
    CASE WHEN gateway_refund_id <> '' OR status NOT IN ('PENDING', 'PROCESSING')
        THEN updated_at END,
    nullif(gateway_refund_id, '')
FROM payments_refund WHERE source <> 'EXTERNAL' AND status <> 'UNAPPROVED'
UNION ALL
SELECT id::text, 'message', order_id::text, {environment} || ':' || id || ':' || generation,
    CASE status WHEN 'SENT' THEN 'done' WHEN 'PENDING' THEN 'pending' ELSE 'failed' END,
    attempts, created_at, first_sent_at,
    CASE WHEN status <> 'PENDING' THEN coalesce(sent_at, updated_at) END,
    NULL
FROM payments_paymentnotification;
"""


def replace(apps: Any, schema_editor: Any) -> None:
    environment = schema_editor.quote_value(settings.ENVIRONMENT)
    schema_editor.execute(VIEWS.format(environment=environment), params=None)


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_refunds_by_staff")]

    operations = [
        migrations.AddField(
            "payment",
            "closing_asked_at",
            models.DateTimeField(
                blank=True,
                null=True,
                help_text="When it was decided that nobody may pay it any more.",
            ),
        ),
        migrations.AddField(
            "payment",
            "closing_sent_at",
            models.DateTimeField(
                blank=True, null=True, help_text="When the gateway was first told so."
            ),
        ),
        migrations.AddField(
            "webhookevent", "apply_count", models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AlterField(
            "dispute",
            "reinstated_at",
            models.DateTimeField(
                blank=True,
                null=True,
                help_text="When we heard that it has given it back; empty while it has it.",
            ),
        ),
        migrations.AlterField(
            "dispute",
            "withdrawn_at",
            models.DateTimeField(
                blank=True,
                null=True,
                help_text="When we heard that the bank has taken the money (the last time).",
            ),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunPython(replace, migrations.RunPython.noop),
    ]
