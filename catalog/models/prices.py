"""What a product costs for how long."""

from typing import Final

from django.db import models
from django.db.models import Case, Q, Value, When

from common.money import MAX_MINOR

MAX_TIER_LENGTH: Final = 366


class PriceTierQuerySet(models.QuerySet["PriceTier"]):
    def shortest_first(self) -> "PriceTierQuerySet":
        """Hours before days before weeks before months before a fixed price, and one day before
        three."""
        units = PriceTier.Unit.values
        rank = Case(*[When(unit=unit, then=Value(place)) for place, unit in enumerate(units)])
        return self.order_by(rank, "length")


class PriceTier(models.Model):
    """The price of one unit of a product for `length` hours, days, weeks or months, or, fixed, for
    any rental (then `length` is 1).

    How tiers cover a period is domain rule D3.2. `amount_minor` is without tax, in minor units of
    the product's currency.
    """

    class Unit(models.TextChoices):
        HOUR = "HOUR", "hour"
        DAY = "DAY", "day"
        WEEK = "WEEK", "week"
        MONTH = "MONTH", "month"
        FIXED = "FIXED", "fixed price"

    # The unique constraint is also the index on the product.
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.CASCADE, related_name="price_tiers", db_index=False
    )
    unit = models.CharField(max_length=5, choices=Unit)
    length = models.PositiveSmallIntegerField(default=1)
    amount_minor = models.PositiveIntegerField("amount")

    objects = PriceTierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="price_tier_once",
                fields=["product", "unit", "length"],
                violation_error_message="There is a price for this length already.",
            ),
            models.CheckConstraint(
                name="price_tier_unit_is_known",
                condition=Q(unit__in=["HOUR", "DAY", "WEEK", "MONTH", "FIXED"]),
            ),
            models.CheckConstraint(
                name="price_tier_fixed_has_no_length",
                condition=~Q(unit="FIXED") | Q(length=1),
                violation_error_message="A fixed price is for a rental of any length: leave 1.",
            ),
            models.CheckConstraint(
                name="price_tier_length_in_range",
                condition=Q(length__range=(1, MAX_TIER_LENGTH)),
                violation_error_message="The length must be between 1 and 366.",
            ),
            models.CheckConstraint(
                name="price_tier_amount_in_range",
                condition=Q(amount_minor__range=(1, MAX_MINOR)),
                violation_error_message="The price must be more than 0, and not too large.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.length} × {self.get_unit_display()}"

    @property
    def currency(self) -> str:
        """The product's currency; no query when the tier came with its product."""
        return self.product.currency
