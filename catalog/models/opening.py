"""When customers can come: the shop's weekly hours, and the days on which it is closed."""

import uuid
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

MIDNIGHT: Final = time(0)


def whole_minute(at: time) -> None:
    """Refuse seconds: nobody writes them on a door."""
    if at.second or at.microsecond:
        raise ValidationError("Use whole minutes.")


class OpeningHours(models.Model):
    """From when to when the shop is open on a weekday, on its own clock (SHOP_TIME_ZONE).

    A weekday may have several, such as before and after lunch. Without a single row the shop is
    always open. A closing time of 00:00 is the end of the day; a shop that is open past midnight
    has the rest on the next weekday.
    """

    class Weekday(models.IntegerChoices):
        """As ISO 8601 numbers them."""

        MONDAY = 1
        TUESDAY = 2
        WEDNESDAY = 3
        THURSDAY = 4
        FRIDAY = 5
        SATURDAY = 6
        SUNDAY = 7

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens_at = models.TimeField(validators=[whole_minute])
    closes_at = models.TimeField(
        validators=[whole_minute],
        help_text="The last pickup or return. 00:00 is the midnight at which the day ends.",
    )

    class Meta:
        ordering = ["weekday", "opens_at"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.UniqueConstraint(
                name="opening_hours_once",
                fields=["weekday", "opens_at"],
                violation_error_message="There are hours from this time on already.",
            ),
            models.CheckConstraint(
                name="opening_hours_weekday_is_known", condition=Q(weekday__range=(1, 7))
            ),
            models.CheckConstraint(
                name="opening_hours_not_empty",
                condition=Q(closes_at__gt=F("opens_at")) | Q(closes_at=MIDNIGHT),
                violation_error_message="The closing time must be later than the opening time.",
            ),
        ]

    def __str__(self) -> str:
        closes = "24:00" if self.closes_at == MIDNIGHT else f"{self.closes_at:%H:%M}"
        return f"{self.get_weekday_display()}, {self.opens_at:%H:%M} to {closes}"


class ClosedDayQuerySet(models.QuerySet["ClosedDay"]):
    def ahead(self) -> "ClosedDayQuerySet":
        """Those that are not over, by the shop's calendar."""
        today = timezone.localdate(timezone=ZoneInfo(settings.SHOP_TIME_ZONE))
        return self.filter(last_on__gte=today)


class ClosedDay(models.Model):
    """The shop is closed from `first_on` to `last_on`, both included, whatever the weekday says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day", help_text="The same as the first for a single day.")
    reason = models.CharField(max_length=80, blank=True, help_text="Shown to customers.")

    objects = ClosedDayQuerySet.as_manager()

    class Meta:
        ordering = ["first_on", "last_on", "id"]
        # What is over matters no more, and is all that adds up.
        indexes = [models.Index(fields=["last_on"], name="closed_day_by_end")]
        constraints = [
            models.CheckConstraint(
                name="closed_day_not_empty",
                condition=Q(last_on__gte=F("first_on")),
                violation_error_message="The last day must not be before the first.",
            ),
        ]

    def __str__(self) -> str:
        days = f"{self.first_on}"
        if self.last_on != self.first_on:
            days += f" to {self.last_on}"
        return f"{days} {self.reason}".strip()
