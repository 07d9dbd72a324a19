"""How the pages write money, dates and words."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from catalog.models import PriceTier, Product
from common.deposits import DepositStrategy
from common.money import format_money
from payments.domain.holds import DepositStatus
from payments.domain.pricing import percentage
from payments.models import Claim, OrderEvent, Refund, RentalOrder, RentalOrderItem
from payments.serializers.board import admin_of
from payments.services.board_entries import Entry
from payments.services.movements import Lines
from payments.services.opening import shop_opening
from storefront.wording import (
    CLAIMS,
    REFUNDS,
    SECURED,
    STATUSES,
    WORK,
    counted,
    words_of_closure,
    words_of_deposit,
    words_of_duration,
    words_of_event,
    words_of_fulfilment,
    words_of_week,
)

register = template.Library()

SHOWN_CLOSURES: Final = 5


@register.simple_tag
def shop_name() -> str:
    """The shop's own name."""
    return settings.SHOP_NAME


@register.simple_tag
def shop_time_zone() -> str:
    """The zone that every time on the pages is in."""
    return settings.SHOP_TIME_ZONE


@register.inclusion_tag("storefront/opening_hours.html")
def opening_hours() -> dict[str, Any]:
    """When the shop is open, and the next days on which it is not."""
    opening = shop_opening()
    closures = sorted(opening.closures, key=lambda each: each.first_on)
    return {
        "always": opening.is_always,
        "week": words_of_week(opening) if opening.hours else [],
        "closures": [words_of_closure(each) for each in closures[:SHOWN_CLOSURES]],
    }


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Minor units for people: `15425|money:"EUR"` -> `154.25 EUR`, never broken over two lines."""
    return format_money(amount_minor, currency).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def shop_time(instant: datetime) -> str:
    """An instant on the shop's clock: `Mon, Jan 15, 2024, 10:00`."""
    local = timezone.localtime(instant, ZoneInfo(settings.SHOP_TIME_ZONE))
    return date_format(local, "D, M j, Y, H:i")


@register.filter
def shop_day(instant: datetime) -> str:
    """The day of an instant on the shop's clock: `Jan 15, 2024`."""
    local = timezone.localtime(instant, ZoneInfo(settings.SHOP_TIME_ZONE))
    return date_format(local, "M j, Y")


@register.filter
def cheapest(product: Product) -> PriceTier | None:
    """The tier with the lowest amount, for a price "from"."""
    return min(product.price_tiers.all(), key=lambda tier: tier.amount_minor, default=None)


@register.filter
def tier_length(tier: PriceTier) -> str:
    """How long a price is for: `1 day`, `3 days`, `any length`."""
    if tier.unit == PriceTier.Unit.FIXED:
        return "any length"
    return counted(tier.length, tier.get_unit_display())


@register.filter
def percent(rate: Decimal) -> str:
    """A fraction as people read it: `0.1900` -> `19 %`."""
    return f"{(rate * 100).normalize():f}\N{NO-BREAK SPACE}%"


@register.filter
def change(percent: Decimal) -> str:
    """What a rule does to a price: `+20 %`."""
    return percentage(percent).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def off(percent: Decimal) -> str:
    """What a discount takes: `−10 %`."""
    return change(-percent)


@register.filter
def duration(length: timedelta) -> str:
    return words_of_duration(length)


@register.filter
def timeline_words(event: OrderEvent) -> str:
    return words_of_event(event)


@register.filter
def status_words(order: RentalOrder) -> str:
    return STATUSES[order.state]


@register.filter
def refund_words(refund: Refund) -> str:
    return REFUNDS[refund.state]


@register.filter
def claim_words(claim: Claim) -> str:
    return CLAIMS[claim.state]


@register.filter
def secured_words(strategy: DepositStrategy) -> str:
    """How a deposit is secured: `comes back after the return`."""
    return SECURED[strategy]


@register.filter
def deposit_words(order: RentalOrder, status: DepositStatus) -> str:
    """A sentence on the deposit of an order that is held, or only agreed on."""
    return words_of_deposit(status, order.deposit_minor, order.currency)


@register.filter
def shop_clock(instant: datetime) -> str:
    """An instant of the day that a page is about, on the shop's clock: `10:00`."""
    return f"{timezone.localtime(instant, ZoneInfo(settings.SHOP_TIME_ZONE)):%H:%M}"


@register.filter
def in_admin(entry: Entry) -> str:
    """Where staff do what an entry of the board asks for."""
    return admin_of(entry)


@register.filter
def work_words(entry: Entry) -> str:
    """What its button says."""
    return WORK[entry.work]


@register.filter
def where(lines: Lines, item: RentalOrderItem) -> str:
    """Where the units of a line are, once some have gone out."""
    return words_of_fulfilment(lines.found[item.pk])
