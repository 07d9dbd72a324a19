"""What a price's steps added to the list price or took from it, as lines of their own in the books:
so that each line is its quantity times its price, and the order is the sum of its lines."""

import importlib

from django.db import migrations

WITHOUT = importlib.import_module("payments.migrations.0014_deposits").VIEWS

LINES = """
CREATE OR REPLACE VIEW audit.order_lines AS
SELECT id::text AS line_id, order_id::text AS order_id, 'rental'::text AS kind,
    product_id::text AS product_id, quantity, unit_minor AS unit_price_minor,
    unit_minor * quantity AS line_total_minor
FROM payments_rentalorderitem
UNION ALL
SELECT id || ':steps', order_id::text,
    CASE WHEN adjustment_minor < 0 THEN 'discount' ELSE 'fee' END,
    NULL, 1, adjustment_minor, adjustment_minor
FROM payments_rentalorderitem WHERE adjustment_minor <> 0
UNION ALL
SELECT id || ':tax', order_id::text, 'tax', NULL, 1, tax_minor, tax_minor
FROM payments_rentalorderitem WHERE tax_minor <> 0
UNION ALL
SELECT id::text, order_id::text, 'fee', NULL, 1, amount_minor, amount_minor
FROM payments_claim WHERE status = 'ACCEPTED';
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0021_coupons")]

    operations = [migrations.RunSQL(LINES, WITHOUT)]
