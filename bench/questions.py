"""What a shop window asks, each question many times; the answers' times in milliseconds as JSON.

Run as `python -m bench.questions` in a process of its own, on the database that DATABASE_URL names.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import django

TIMES: Final = 200
WARM_UP: Final = 20


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    json.dump({name: timed(ask) for name, ask in questions().items()}, sys.stdout)


def timed(ask: Callable[[], object]) -> list[float]:
    """How long each of so many answers took, in milliseconds."""
    times = []
    for _ in range(WARM_UP + TIMES):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return times[WARM_UP:]


def questions() -> dict[str, Callable[[], object]]:
    """A week of the hot product in SQL; a year and a month of calendars by the services."""
    from catalog.models import Product
    from common.prepared import fetch
    from payments.domain.period import Period
    from payments.services.calendars import day_calendars
    from payments.services.opening import shop_opening

    opening = shop_opening()
    by_slug = {product.slug: product for product in Product.objects.with_parts()}
    hot = by_slug["product-0"]
    chosen = random.Random(1)

    def ahead(days: int) -> Period:
        """So many days from some hour of the third to the sixth week from now: whatever the size,
        rentals of a month that have begun before are there, and a week of rentals follows."""
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        start = now + timedelta(days=14, hours=chosen.randrange(3 * 7 * 24))
        return Period(start, start + timedelta(days=days))

    def week() -> object:
        period = ahead(7)
        peak = "SELECT payments_peak(%s, %s, %s, NULL)"
        return fetch(peak, [hot.pk, period.start, period.end])

    def year() -> object:
        return day_calendars([hot], ahead(365), opening)

    def month() -> object:
        others = [by_slug[f"product-{chosen.randrange(1, 1000)}"] for _ in range(39)]
        return day_calendars([hot, *others], ahead(31), opening)

    return {"week": week, "year": year, "month": month}


if __name__ == "__main__":
    main()
