"""/products/<slug>/: a month of free days."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import close_on, make_product
from payments.domain.period import Period
from payments.tests.factories import START, make_gateway, place
from storefront.tests.pages import choice, words

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(BERLIN).date()
NEXT_MONTH = (TODAY.replace(day=1) + timedelta(days=32)).replace(day=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _it_is_noon_of_that_day() -> Iterator[None]:
    """Whenever the tests are run: one day must not end between two lines."""
    with time_machine.travel(at(TODAY, 12)):
        yield


def page(client: Client, product: Product, **query: str) -> Any:
    return client.get(f"/products/{product.slug}/", query)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


def test_each_day_shows_what_is_free_and_where_one_can_begin(client: Client) -> None:
    make_gateway()
    product = make_product(units=2)
    day = NEXT_MONTH + 9 * DAY
    place(make_user(), (product, 1), when=Period(at(day, 10), at(day, 18)))
    place(make_user(), (product, 2), when=Period(at(day + DAY, 10), at(day + DAY, 18)))
    close_on(day + 2 * DAY)
    shown = page(client, product, month=f"{NEXT_MONTH:%Y-%m}")
    assert "9 2 free 10 1 free 11 none free 12 closed 13 2 free" in words(shown)
    links = re.findall(r"\?day=(\S+?)&amp;", shown.content.decode())
    first_days = [f"{NEXT_MONTH + n * DAY}" for n in range(13)]
    assert [link for link in links if link in first_days] == first_days[:10] + first_days[12:]


def test_a_day_that_is_chosen_is_proposed_for_the_pickup(client: Client) -> None:
    day = NEXT_MONTH + 9 * DAY
    close_on(day + DAY)
    text = page(client, make_product(), day=f"{day}").content.decode()
    assert re.findall(r'value="(\d{4}-\S+T\S+)"', text)[:2] == [
        f"{day}T10:00",
        f"{day + 2 * DAY}T00:00",
    ]


@pytest.mark.parametrize("bad", ["", "tomorrow", "0001-01-01", "9999-12-31", "2027-02-30"])
def test_a_day_that_makes_no_sense_is_not_chosen(client: Client, bad: str) -> None:
    assert page(client, make_product(), day=bad).status_code == 200


def test_one_turns_over_to_other_months_and_keeps_the_choice(client: Client) -> None:
    product = make_product()
    first = words(page(client, product))
    assert f"{TODAY:%B %Y}" in first
    text = page(client, product, month=f"{NEXT_MONTH:%Y-%m}", **choice()).content.decode()
    before, after = re.findall(r'href="\?(\S+?)#calendar" rel="(?:prev|next)"', text)
    assert f"month={TODAY:%Y-%m}" in before
    assert f"month={(NEXT_MONTH + 32 * DAY):%Y-%m}" in after
    assert "quantity=2" in before


def test_the_first_month_is_the_present_one_and_the_last_that_of_the_horizon(
    client: Client, settings: Any
) -> None:
    settings.BOOKING_HORIZON = timedelta(days=40)
    last = TODAY + timedelta(days=40)
    assert 'rel="prev"' not in page(client, make_product()).content.decode()
    assert 'rel="next"' not in page(client, make_product(), month=f"{last:%Y-%m}").content.decode()


@pytest.mark.parametrize("bad", ["2020-01", "2199-01", "13", "2027-13", "0001-01", "9999-12"])
def test_a_month_that_cannot_be_booked_shows_the_present_one(client: Client, bad: str) -> None:
    assert f"{TODAY:%B %Y}" in words(page(client, make_product(), month=bad))


def test_days_that_are_over_show_nothing(client: Client) -> None:
    text = words(page(client, make_product()))
    assert text.count(" over ") == TODAY.day - 1


def test_what_is_shown_does_not_change_the_number_of_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    make_gateway()
    product = make_product(units=9)
    months = [f"{START:%Y-%m}"] * 2
    for month in months:
        # Product, tiers, parts, discounts, rules, hours twice, counters, levels.
        with django_assert_num_queries(9):
            page(client, product, month=month)
        place(make_user(), (product, 3))
