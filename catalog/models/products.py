"""What the shop rents out: products and their categories."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q

from catalog.images import PictureField
from catalog.models.price_rules import PriceRule
from catalog.models.prices import PriceTier
from common import deposits
from common.deposits import DepositStrategy
from common.money import MAX_MINOR

# Bounded rentals and buffers bound every search for what overlaps a period (performance.md 2).
MAX_RENTAL: Final = timedelta(days=366)
MAX_BUFFER: Final = timedelta(days=30)
MAX_LEAD: Final = timedelta(days=366)


def shop_currency() -> str:
    """The currency of a new product."""
    return settings.SHOP_CURRENCY


def whole_minutes(duration: timedelta) -> None:
    """Refuse seconds: people and the API count in minutes."""
    if duration % timedelta(minutes=1):
        raise ValidationError("Use whole minutes.")


def picture_path(product: "Product", filename: str) -> str:
    """Where a picture is stored. The uploader's file name has no part in it (matrix row F14)."""
    return f"products/{uuid.uuid4().hex}.webp"


class Category(models.Model):
    """A shelf of the shop; `position` sorts them, smallest first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name", "id"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        """Products that customers may see and rent."""
        return self.filter(is_active=True)

    def with_tiers(self) -> "ProductQuerySet":
        """With category, price tiers and parts, in a constant number of queries."""
        tiers = Prefetch("price_tiers", queryset=PriceTier.objects.shortest_first())
        return self.with_parts().select_related("category").prefetch_related(tiers)

    def with_parts(self) -> "ProductQuerySet":
        """With what kits are made of."""
        return self.prefetch_related("parts__part")

    def with_prices(self) -> "ProductQuerySet":
        """The same, with quantity discounts in one query more, and with `rules` in none: the price
        rules in force for each product, as `PriceRuleQuerySet.as_json`."""
        rules = PriceRule.objects.of(OuterRef("pk"), OuterRef("category_id")).as_json()
        return (
            self.with_tiers()
            .prefetch_related("quantity_discounts")
            .annotate(rules=ArraySubquery(rules))
        )


class Product(models.Model):
    """Something that is rented out in equal, countable units.

    Amounts are in minor units of `currency` and per rented unit. `tax_rate` is a fraction: 0.1900
    is 19 %. Before a rental a unit is occupied for `prep_time`, after it for `turnaround_time`
    (domain rule D2.2).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)
    description = models.TextField(max_length=4000, blank=True)
    image = PictureField(upload_to=picture_path, blank=True)
    units = models.PositiveIntegerField("units in service", default=1)
    currency = models.CharField(
        max_length=3,
        default=shop_currency,
        validators=[RegexValidator(r"\A[A-Z]{3}\Z", "Use a three-letter code such as EUR.")],
    )
    deposit_minor = models.PositiveIntegerField("deposit per unit", default=0)
    deposit_strategy = models.CharField(
        "how the deposit is secured",
        max_length=12,
        choices=deposits.choices,
        blank=True,
        db_default="",
        default="",
        help_text="Empty: as the shop does it (DEPOSIT_STRATEGY).",
    )
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    prep_time = models.DurationField(validators=[whole_minutes], default=timedelta(0))
    turnaround_time = models.DurationField(validators=[whole_minutes], default=timedelta(0))
    min_duration = models.DurationField(validators=[whole_minutes], default=timedelta(hours=1))
    max_duration = models.DurationField(validators=[whole_minutes], default=MAX_RENTAL)
    lead_time = models.DurationField(
        validators=[whole_minutes],
        null=True,
        blank=True,
        help_text="So long before the pickup it must be booked. Empty: as the shop does it"
        " (LEAD_TIME_MINUTES).",
    )
    late_fee_minor = models.PositiveIntegerField(
        "late fee per unit",
        null=True,
        blank=True,
        help_text="0: a late return costs nothing. Empty: as the shop does it (LATE_FEE_MINOR).",
    )
    late_fee_unit = models.CharField(
        "for each started",
        max_length=4,
        choices=[("HOUR", "Hour"), ("DAY", "Day")],
        default="DAY",
        db_default="DAY",
    )
    late_grace = models.DurationField(
        "grace",
        validators=[whole_minutes],
        default=timedelta(0),
        db_default=timedelta(0),
        help_text="A return that is no later than this costs nothing.",
    )
    late_cap_minor = models.PositiveIntegerField(
        "at most per unit", default=0, db_default=0, help_text="0: without a limit."
    )
    tracks_units = models.BooleanField(
        "units have serial numbers",
        default=False,
        db_default=False,
        help_text="Its units in service are then those registered with a serial number.",
    )
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(
                fields=["name", "id"], name="product_by_name", condition=Q(is_active=True)
            ),
            models.Index(
                fields=["created_at", "id"], name="product_by_age", condition=Q(is_active=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="product_currency_is_a_code",
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                violation_error_message="The currency must be a three-letter code such as EUR.",
            ),
            models.CheckConstraint(
                name="product_deposit_in_range",
                condition=Q(deposit_minor__range=(0, MAX_MINOR)),
                violation_error_message="The deposit is too large.",
            ),
            models.CheckConstraint(
                name="product_deposit_strategy_is_known",
                condition=Q(deposit_strategy__in=["", *DepositStrategy]),
            ),
            models.CheckConstraint(
                name="product_tax_rate_is_a_fraction",
                condition=Q(tax_rate__range=(Decimal(0), Decimal(1))),
                violation_error_message="The tax rate must be between 0 and 1: 0.19 is 19 percent.",
            ),
            models.CheckConstraint(
                name="product_late_fee_in_range",
                condition=Q(late_fee_minor__range=(0, MAX_MINOR))
                & Q(late_cap_minor__range=(0, MAX_MINOR))
                & Q(late_fee_unit__in=["HOUR", "DAY"]),
                violation_error_message="The late fee is too large.",
            ),
            models.CheckConstraint(
                name="product_late_grace_in_range",
                condition=Q(late_grace__range=(timedelta(0), MAX_BUFFER)),
                violation_error_message="The grace must be between 0 and 30 days.",
            ),
            models.CheckConstraint(
                name="product_prep_time_in_range",
                condition=Q(prep_time__range=(timedelta(0), MAX_BUFFER)),
                violation_error_message="The prep time must be between 0 and 30 days.",
            ),
            models.CheckConstraint(
                name="product_turnaround_time_in_range",
                condition=Q(turnaround_time__range=(timedelta(0), MAX_BUFFER)),
                violation_error_message="The turnaround time must be between 0 and 30 days.",
            ),
            models.CheckConstraint(
                name="product_min_duration_is_positive",
                condition=Q(min_duration__gt=timedelta(0)),
                violation_error_message="The minimum duration must be more than nothing.",
            ),
            models.CheckConstraint(
                name="product_max_duration_in_range",
                condition=Q(max_duration__gte=F("min_duration"), max_duration__lte=MAX_RENTAL),
                violation_error_message="The maximum duration must be between the minimum duration"
                " and 366 days.",
            ),
            models.CheckConstraint(
                name="product_lead_time_in_range",
                condition=Q(lead_time__range=(timedelta(0), MAX_LEAD)),
                violation_error_message="The lead time must be between 0 and 366 days.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def booked_before(self) -> timedelta:
        """How long before the pickup it must be booked: its own lead time, or else the shop's."""
        return settings.LEAD_TIME if self.lead_time is None else self.lead_time

    @property
    def units_in_service(self) -> int:
        """Its own units; of a kit, as many as its parts make up."""
        parts = self.parts.all()
        if not parts:
            return self.units
        return min(part.part.units // part.quantity for part in parts)

    @property
    def secured_by(self) -> DepositStrategy:
        """How its deposit is secured: its own way, or else the shop's."""
        return DepositStrategy(self.deposit_strategy or settings.DEPOSIT_STRATEGY)
