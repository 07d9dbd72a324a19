"""Coupons, and the trigger that keeps how often each is used (domain rule D3.3)."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNT = """
CREATE FUNCTION payments_count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
-- Count the orders that use a coupon, and refuse one too many. Raising the counter locks the
-- coupon's row until the transaction ends: whoever comes next counts after this one has committed.
DECLARE
    is_used boolean := TG_OP <> 'DELETE' AND NEW.is_active;
    was_used boolean := TG_OP <> 'INSERT' AND OLD.is_active;
    is_once boolean;
BEGIN
    IF is_used AND NOT was_used THEN
        UPDATE payments_coupon SET redeemed = redeemed + 1
            WHERE id = NEW.coupon_id AND (max_redemptions IS NULL OR redeemed < max_redemptions)
            RETURNING once_per_customer INTO is_once;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the coupon is used up' USING ERRCODE = 'RW003';
        END IF;
        IF is_once AND EXISTS (
            SELECT FROM payments_couponredemption AS other
            WHERE other.coupon_id = NEW.coupon_id AND other.customer_id = NEW.customer_id
                AND other.is_active AND other.id <> NEW.id
        ) THEN
            RAISE EXCEPTION 'the customer has used the coupon' USING ERRCODE = 'RW004';
        END IF;
    ELSIF was_used AND NOT is_used THEN
        UPDATE payments_coupon SET redeemed = redeemed - 1 WHERE id = OLD.coupon_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION payments_keep_redeemed() RETURNS trigger LANGUAGE plpgsql AS $$
-- Whoever saves a coupon that he read a while ago must not set the counter back.
BEGIN
    IF pg_trigger_depth() < 2 THEN  -- not from the count above
        NEW.redeemed := OLD.redeemed;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_redeemed
    BEFORE UPDATE ON payments_coupon
    FOR EACH ROW EXECUTE FUNCTION payments_keep_redeemed();
CREATE TRIGGER count_redemption
    AFTER INSERT OR DELETE OR UPDATE OF is_active ON payments_couponredemption
    FOR EACH ROW EXECUTE FUNCTION payments_count_redemption();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_price_rules"),
        ("payments", "0020_levels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Z0-9][A-Z0-9-]{2,39}\\Z",
                                "Use 3 to 40 letters, digits and dashes.",
                            )
                        ],
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="percent off",
                    ),
                ),
                (
                    "amount_minor",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="amount off"),
                ),
                (
                    "currency",
                    models.CharField(
                        blank=True,
                        help_text="Of the amount and of the smallest order.",
                        max_length=3,
                    ),
                ),
                (
                    "min_order_minor",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Rent before tax and before the coupon.",
                        verbose_name="smallest order",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="valid from"),
                ),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                ),
                (
                    "max_redemptions",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: any number of times.",
                        null=True,
                        verbose_name="times it can be used",
                    ),
                ),
                ("once_per_customer", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("redeemed", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "categories",
                    models.ManyToManyField(blank=True, related_name="+", to="catalog.category"),
                ),
                (
                    "products",
                    models.ManyToManyField(blank=True, related_name="+", to="catalog.product"),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="CouponRedemption",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "amount_minor",
                    models.BigIntegerField(help_text="What it took off, in the order's currency."),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="payments.coupon",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_redemption",
                        to="payments.rentalorder",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Z0-9-]+$")), name="coupon_code_in_capitals"
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_minor", None),
                        ("percent__gt", 0),
                        ("percent__isnull", False),
                        ("percent__lte", 100),
                    ),
                    models.Q(
                        ("amount_minor__isnull", False),
                        ("amount_minor__range", (1, 99999999)),
                        ("percent", None),
                    ),
                    _connector="OR",
                ),
                name="coupon_percent_or_amount",
                violation_error_message="A coupon takes off a percentage up to 100 or an amount.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("currency__regex", "^[A-Z]{3}$"),
                    models.Q(
                        ("amount_minor__isnull", True), ("currency", ""), ("min_order_minor", 0)
                    ),
                    _connector="OR",
                ),
                name="coupon_money_has_a_currency",
                violation_error_message="Amounts need a currency, a code such as EUR.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("ends_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="coupon_ends_after_it_starts",
                violation_error_message="A coupon must end after it starts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="couponredemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)),
                name="couponredemption_amount_not_negative",
            ),
        ),
        migrations.RunSQL(
            COUNT,
            "DROP FUNCTION payments_count_redemption() CASCADE;"
            "DROP FUNCTION payments_keep_redeemed() CASCADE",
        ),
    ]
