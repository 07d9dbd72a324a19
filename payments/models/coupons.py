"""Codes that take something off the rent, and what they were used for (domain rule D3.3)."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from catalog.models import Category, Product
from common.money import MAX_MINOR
from payments.models.orders import RentalOrder


class Coupon(models.Model):
    """A code that takes `percent` off each line, or `amount_minor` off all of them together.

    It is for the given products and categories, or for everything if there are none. Codes are kept
    in capitals, so that they are the same however people write them. `redeemed` counts the orders
    that use it; the trigger on CouponRedemption alone writes it (saving the coupon does not), and
    keeps it within `max_redemptions` however many customers redeem at once.
    """

    code = models.CharField(
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[A-Z0-9][A-Z0-9-]{2,39}\Z", "Use 3 to 40 letters, digits and dashes."
            )
        ],
    )
    percent = models.DecimalField(
        "percent off", max_digits=5, decimal_places=2, null=True, blank=True
    )
    amount_minor = models.PositiveIntegerField("amount off", null=True, blank=True)
    currency = models.CharField(
        max_length=3, blank=True, help_text="Of the amount and of the smallest order."
    )
    min_order_minor = models.PositiveIntegerField(
        "smallest order", default=0, help_text="Rent before tax and before the coupon."
    )
    starts_at = models.DateTimeField("valid from", null=True, blank=True)
    ends_at = models.DateTimeField("valid until", null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(
        "times it can be used", null=True, blank=True, help_text="Empty: any number of times."
    )
    once_per_customer = models.BooleanField(default=False)
    products = models.ManyToManyField(Product, blank=True, related_name="+")
    categories = models.ManyToManyField(Category, blank=True, related_name="+")
    is_active = models.BooleanField("active", default=True)
    redeemed = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="coupon_code_in_capitals", condition=Q(code__regex=r"^[A-Z0-9-]+$")
            ),
            models.CheckConstraint(
                name="coupon_percent_or_amount",
                condition=Q(
                    percent__isnull=False, percent__gt=0, percent__lte=100, amount_minor=None
                )
                | Q(percent=None, amount_minor__isnull=False, amount_minor__range=(1, MAX_MINOR)),
                violation_error_message="A coupon takes off a percentage up to 100 or an amount.",
            ),
            models.CheckConstraint(
                name="coupon_money_has_a_currency",
                condition=Q(currency__regex=r"^[A-Z]{3}$")
                | Q(currency="", amount_minor__isnull=True, min_order_minor=0),
                violation_error_message="Amounts need a currency, a code such as EUR.",
            ),
            models.CheckConstraint(
                name="coupon_ends_after_it_starts",
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                violation_error_message="A coupon must end after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_valid_at(self, now: datetime) -> bool:
        begun = self.starts_at is None or self.starts_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)

    @property
    def is_used_up(self) -> bool:
        return self.max_redemptions is not None and self.redeemed >= self.max_redemptions


class CouponRedemption(models.Model):
    """An order that uses a coupon. Given back (`is_active` false) when the order ends unpaid.

    Inserting or activating a row raises CouponUsedUp (as SQLSTATE RW003), or CouponUsedBefore
    (RW004), by the trigger `payments_count_redemption`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    order = models.OneToOneField(
        RentalOrder, on_delete=models.PROTECT, related_name="coupon_redemption"
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    amount_minor = models.BigIntegerField(help_text="What it took off, in the order's currency.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="couponredemption_amount_not_negative", condition=Q(amount_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} for {self.order}"

    @property
    def currency(self) -> str:
        return self.order.currency
