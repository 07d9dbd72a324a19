"""Rows for tests, here and in the apps above."""

import uuid
from datetime import date, time
from decimal import Decimal
from typing import Any

from catalog.models import Category, ClosedDay, OpeningHours, PriceTier, Product


def make_category(**overrides: Any) -> Category:
    """A category with a name and slug of its own."""
    name = f"Category {uuid.uuid4().hex[:8]}"
    return Category.objects.create(
        **{"name": name, "slug": name.lower().replace(" ", "-")} | overrides
    )


def make_product(*, tiers: list[tuple[str, int, int]] | None = None, **overrides: Any) -> Product:
    """Five units at 25.00 EUR a day, deposit 50.00, 19 % tax, no buffers.

    `tiers` are (unit, length, amount in minor units) and replace the one day's price.
    """
    name = f"Product {uuid.uuid4().hex[:8]}"
    values = {
        "name": name,
        "slug": name.lower().replace(" ", "-"),
        "units": 5,
        "currency": "EUR",
        "deposit_minor": 5000,
        "tax_rate": Decimal("0.1900"),
    } | overrides
    if "category" not in values:
        values["category"] = make_category()
    product = Product.objects.create(**values)
    PriceTier.objects.bulk_create(
        PriceTier(product=product, unit=unit, length=length, amount_minor=amount)
        for unit, length, amount in ([("DAY", 1, 2500)] if tiers is None else tiers)
    )
    return product


def open_on(weekdays: str, opens: str, closes: str) -> None:
    """`open_on("12345", "09:00", "18:00")`: the same hours on some weekdays, Monday is 1."""
    OpeningHours.objects.bulk_create(
        OpeningHours(
            weekday=int(day),
            opens_at=time.fromisoformat(opens),
            closes_at=time.fromisoformat(closes),
        )
        for day in weekdays
    )


def close_on(first: date, last: date | None = None, reason: str = "") -> ClosedDay:
    """A closed day, or several."""
    return ClosedDay.objects.create(first_on=first, last_on=last or first, reason=reason)
