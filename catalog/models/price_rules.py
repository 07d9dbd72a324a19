"""What changes the price of a product: seasons, weekdays, and how many of it are rented."""

from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, JSONObject
from django.utils.formats import date_format

# No price falls to nothing by a season, and none is ten times as high by a slip of the finger.
LOWEST_PERCENT: Final = Decimal(-90)
HIGHEST_PERCENT: Final = Decimal(500)


class PriceRuleQuerySet(models.QuerySet["PriceRule"]):
    def of(self, product: Any, category: Any) -> "PriceRuleQuerySet":
        """Rules in force for a product of a category: its own, its category's, and the shop's."""
        return self.filter(
            Q(product=product)
            | Q(category=category)
            | Q(product__isnull=True, category__isnull=True),
            is_active=True,
        )

    def as_json(self) -> Any:
        """One object per rule; the percentage is text, since a JSON number is read as a float."""
        return self.values_list(
            JSONObject(
                name="name",
                percent=Cast("percent", models.CharField()),
                first_on="first_on",
                last_on="last_on",
                every_year="every_year",
                weekdays="weekdays",
            )
        )


class PriceRule(models.Model):
    """On some days of the shop's calendar, prices are `percent` higher, or lower if below zero.

    The days are those from `first_on` to `last_on`, if given, that are one of `weekdays` (1 is
    Monday, 7 Sunday), if any are. With `every_year` the year of the two does not count. A rule is
    for one product, for a category, or for all products. The rules of a day multiply (domain rule
    D3.3).
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 1
        TUESDAY = 2
        WEDNESDAY = 3
        THURSDAY = 4
        FRIDAY = 5
        SATURDAY = 6
        SUNDAY = 7

    name = models.CharField(max_length=60, help_text="Customers read it, such as High season.")
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        help_text="20 makes prices 20 % higher, -10 makes them lower.",
    )
    first_on = models.DateField("first day", null=True, blank=True)
    last_on = models.DateField("last day", null=True, blank=True)
    every_year = models.BooleanField(default=False)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        default=list,
        blank=True,
        help_text="None: all days of the week.",
    )
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="price_rules",
        help_text="Empty: all products of the category.",
    )
    category = models.ForeignKey(
        "catalog.Category",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="price_rules",
        help_text="Empty, too: all products of the shop.",
    )
    is_active = models.BooleanField("active", default=True)

    objects = PriceRuleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="price_rule_percent_in_range",
                condition=Q(percent__range=(LOWEST_PERCENT, HIGHEST_PERCENT)) & ~Q(percent=0),
                violation_error_message="The percentage must be between -90 and 500, and not 0.",
            ),
            models.CheckConstraint(
                name="price_rule_days_are_in_order",
                condition=Q(first_on__isnull=True, last_on__isnull=True, every_year=False)
                | Q(first_on__isnull=False, last_on__isnull=False, first_on__lte=F("last_on")),
                violation_error_message="A season needs a first day and a last day that is not"
                " before it.",
            ),
            models.CheckConstraint(
                name="price_rule_has_days",
                condition=Q(first_on__isnull=False) | ~Q(weekdays=[]),
                violation_error_message="Choose a season, weekdays, or both.",
            ),
            models.CheckConstraint(
                name="price_rule_weekdays_are_known",
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]),
            ),
            models.CheckConstraint(
                name="price_rule_for_product_or_category",
                condition=Q(product__isnull=True) | Q(category__isnull=True),
                violation_error_message="A rule is for a product or for a category, not for both.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        """The days that it is for: `Jun 1 – Aug 31 every year, Saturday, Sunday`."""
        days = [self.Weekday(day).label for day in sorted(self.weekdays)]
        if self.first_on and self.last_on:
            form = "M j" if self.every_year else "M j, Y"
            season = " – ".join(date_format(day, form) for day in (self.first_on, self.last_on))
            days.insert(0, f"{season} every year" if self.every_year else season)
        return ", ".join(days)


class QuantityDiscount(models.Model):
    """`percent` off each of the units of a line that has at least `min_quantity` of them."""

    # The unique constraint is also the index on the product.
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        related_name="quantity_discounts",
        db_index=False,
    )
    min_quantity = models.PositiveIntegerField("from so many units")
    percent = models.DecimalField("percent off", max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["product", "min_quantity"]
        constraints = [
            models.UniqueConstraint(
                name="quantity_discount_once",
                fields=["product", "min_quantity"],
                violation_error_message="There is a discount from this quantity on already.",
            ),
            models.CheckConstraint(
                name="quantity_discount_is_for_several",
                condition=Q(min_quantity__gte=2),
                violation_error_message="A discount begins at two units or more.",
            ),
            models.CheckConstraint(
                name="quantity_discount_percent_in_range",
                condition=Q(percent__gt=0, percent__lte=90),
                violation_error_message="The discount must be more than 0 and at most 90 percent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent.normalize():f} % off from {self.min_quantity} units"
