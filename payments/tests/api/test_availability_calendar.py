"""GET /catalog/products/{id}/availability/?by=…: by day and by hour on the shop's clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import close_on, make_product, open_on
from payments.domain.period import Period
from payments.services import demand
from payments.tests.api.support import data, refusal
from payments.tests.factories import START, api_client, make_gateway, place

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# A Monday in winter, when midnight in Berlin is 23:00 UTC.
MONDAY = date(2028, 1, 10)


def berlin(day: date, clock: str = "00:00") -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), BERLIN)


@pytest.fixture(autouse=True)
def far_ahead(settings: Settings) -> None:
    settings.BOOKING_HORIZON = timedelta(days=3000)
    make_gateway()


def ask(product: Product, start: datetime, end: datetime, by: str = "day") -> Any:
    query = {"start": start.isoformat(), "end": end.isoformat(), "by": by}
    return api_client().get(f"/catalog/products/{product.pk}/availability/", query)


def shown(product: Product, start: datetime, end: datetime, by: str = "day") -> list[int]:
    calendar = data(ask(product, start, end, by))["calendar"]
    return [slot["available_quantity"] for slot in calendar]


def rent(product: Product, start: datetime, end: datetime, quantity: int = 1) -> None:
    place(make_user(), (product, quantity), when=Period(start, end))


def week(product: Product) -> list[int]:
    """What is free from Sunday to Wednesday."""
    return shown(product, berlin(MONDAY - DAY), berlin(MONDAY + 3 * DAY))


def test_a_day_shows_what_is_free_all_day_on_the_shop_s_calendar() -> None:
    product = make_product(units=5)
    rent(product, berlin(MONDAY, "10:00"), berlin(MONDAY + DAY, "10:00"), 2)
    assert week(product) == [5, 3, 3, 5]


def test_a_rental_until_midnight_of_the_shop_leaves_the_next_day_free() -> None:
    """Though it touches the same UTC day: where the counters show too few, the peak is asked."""
    product = make_product(units=5)
    rent(product, berlin(MONDAY), berlin(MONDAY + DAY), 2)
    assert week(product) == [5, 3, 5, 5]


def test_two_rentals_one_after_the_other_take_one_unit_of_the_day() -> None:
    product = make_product(units=2)
    rent(product, berlin(MONDAY, "08:00"), berlin(MONDAY, "12:00"))
    rent(product, berlin(MONDAY, "12:00"), berlin(MONDAY, "18:00"))
    assert week(product) == [2, 1, 2, 2]


def test_buffers_of_a_rental_that_fills_the_day_reach_into_its_neighbors() -> None:
    """What is shown as free can be booked from midnight to midnight."""
    product = make_product(units=3, prep_time=HOUR, turnaround_time=2 * HOUR)
    rent(product, berlin(MONDAY), berlin(MONDAY + DAY))
    assert week(product) == [2, 2, 2, 3]


def test_the_answer_for_the_whole_period_stands_beside_the_calendar() -> None:
    product = make_product(units=5)
    rent(product, berlin(MONDAY, "10:00"), berlin(MONDAY, "12:00"), 4)
    free = data(ask(product, berlin(MONDAY), berlin(MONDAY + DAY)))
    assert {name: free[name] for name in ("units", "available_quantity", "calendar")} == {
        "units": 5,
        "available_quantity": 1,
        "calendar": [{"date": "2028-01-10", "available_quantity": 1, "is_open": True}],
    }


def test_days_on_which_the_shop_is_closed_are_marked() -> None:
    open_on("12456", "09:00", "18:00")
    close_on(MONDAY + DAY)
    days = data(ask(make_product(), berlin(MONDAY), berlin(MONDAY + 4 * DAY)))["calendar"]
    assert [day["is_open"] for day in days] == [True, False, False, True]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2028, 3, 26), 23),
        ("Europe/Berlin", date(2028, 10, 29), 25),
        ("America/New_York", date(2028, 3, 12), 23),
        ("America/New_York", date(2028, 11, 5), 25),
        ("Australia/Lord_Howe", date(2028, 10, 1), 24),  # 23 and a half, rounded up
        ("Australia/Lord_Howe", date(2028, 4, 2), 25),  # 24 and a half, rounded up
    ],
)
def test_a_day_with_a_clock_change_is_one_day_of_more_or_fewer_hours(
    zone: str, day: date, hours: int, settings: Settings
) -> None:
    settings.SHOP_TIME_ZONE = zone
    product = make_product(units=2)
    start, end = (
        datetime.combine(each, time(0), ZoneInfo(zone)).astimezone(UTC) for each in (day, day + DAY)
    )
    rent(product, end - HOUR, end)
    assert shown(product, start - DAY, end + DAY)[1:-1] == [1]
    assert [day["date"] for day in data(ask(product, start, end))["calendar"]] == [str(day)]
    by_hour = shown(product, start, end, "hour")
    assert len(by_hour) == hours
    assert 1 in by_hour[-2:]


def test_hours_are_counted_exactly_from_the_full_hour() -> None:
    product = make_product(units=2)
    rent(product, berlin(MONDAY, "10:30"), berlin(MONDAY, "12:00"))
    slots = data(ask(product, berlin(MONDAY, "09:20"), berlin(MONDAY, "13:00"), "hour"))["calendar"]
    assert [slot["start"] for slot in slots] == [
        f"2028-01-10T{hour:02}:00:00Z" for hour in range(8, 12)
    ]
    assert [slot["available_quantity"] for slot in slots] == [2, 1, 1, 2]
    assert all(slot["is_open"] for slot in slots)


def test_an_hour_is_open_when_a_rental_can_begin_or_end_in_it() -> None:
    open_on("1", "09:30", "12:00")
    slots = data(ask(make_product(), berlin(MONDAY, "08:00"), berlin(MONDAY, "14:00"), "hour"))
    assert [slot["is_open"] for slot in slots["calendar"]] == [False, True, True, True, True, False]


def test_an_hour_that_ends_when_the_shop_opens_is_not_open() -> None:
    open_on("1", "10:00", "12:00")
    slots = data(ask(make_product(), berlin(MONDAY, "08:00"), berlin(MONDAY, "11:00"), "hour"))
    assert [slot["is_open"] for slot in slots["calendar"]] == [False, False, True]


@pytest.mark.parametrize(("exact", "free"), [(0, [5, 3, 3, 3]), (20_000, [5, 4, 4, 5])])
def test_beyond_what_is_counted_exactly_a_day_shows_too_little_and_never_too_much(
    exact: int, free: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demand, "EXACT", exact)
    product = make_product(units=5)
    for day in (MONDAY, MONDAY + DAY):
        rent(product, berlin(day, "08:00"), berlin(day, "12:00"))
        rent(product, berlin(day, "12:00"), berlin(day, "18:00"))
    assert week(product) == free


@pytest.mark.parametrize(("by", "days"), [("day", 366), ("hour", 14)])
def test_a_calendar_has_a_longest_period(by: str, days: int) -> None:
    product = make_product()
    data(ask(product, START, START + days * DAY, by))
    body = refusal(ask(product, START, START + (days + 1) * DAY, by), 400, "invalid")
    assert body["errors"] == {"end": [f"At most {days} days after start."]}


def test_by_something_else_is_refused() -> None:
    assert list(
        refusal(ask(make_product(), START, START + DAY, "week"), 400, "invalid")["errors"]
    ) == ["by"]


@pytest.mark.parametrize(("by", "queries"), [("day", 6), ("hour", 5)])
def test_a_calendar_takes_as_many_queries_for_a_long_period_as_for_a_short_one(
    by: str, queries: int, django_assert_num_queries: Any
) -> None:
    product = make_product()
    rent(product, START, START + DAY)
    for days in (1, 14):
        with django_assert_num_queries(queries):
            shown(product, START, START + days * DAY, by)
