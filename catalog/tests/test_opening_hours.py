"""GET /catalog/opening_hours/, and the staff's pages for it."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.test import Client
from pytest_django import Settings

from catalog.models import ClosedDay, OpeningHours
from catalog.tests.factories import close_on, open_on

pytestmark = pytest.mark.django_db

URL = "/catalog/opening_hours/"
HOURS = "/admin/catalog/openinghours/"
CLOSED = "/admin/catalog/closedday/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_user("staff@example.com", role="STAFF"))
    return client


def opening(client: Client) -> Any:
    answer = client.get(URL)
    assert answer.status_code == 200
    return answer.json()["data"]


def test_a_shop_without_hours_is_always_open(client: Client) -> None:
    assert opening(client) == {"time_zone": "Europe/Berlin", "hours": [], "closed_days": []}


def test_hours_come_by_weekday_and_time(client: Client) -> None:
    open_on("6", "09:00", "00:00")
    open_on("1", "14:00", "18:30")
    open_on("1", "08:00", "12:00")
    assert opening(client)["hours"] == [
        {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"},
        {"weekday": 1, "opens_at": "14:00", "closes_at": "18:30"},
        {"weekday": 6, "opens_at": "09:00", "closes_at": "00:00"},
    ]


def test_closed_days_that_are_over_are_not_told(client: Client) -> None:
    close_on(date(2020, 12, 24), date(2020, 12, 26), "Christmas")
    close_on(date(2199, 1, 1))
    assert opening(client)["closed_days"] == [
        {"first_on": "2199-01-01", "last_on": "2199-01-01", "reason": ""}
    ]


def test_the_zone_is_the_shop_s(client: Client, settings: Settings) -> None:
    settings.SHOP_TIME_ZONE = "Australia/Lord_Howe"
    assert opening(client)["time_zone"] == "Australia/Lord_Howe"


def test_it_takes_two_queries(client: Client, django_assert_num_queries: Any) -> None:
    open_on("1234567", "09:00", "18:00")
    with django_assert_num_queries(2):
        opening(client)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"closes_at": "09:00"}, "must be later than the opening time"),
        ({"closes_at": "08:00"}, "must be later than the opening time"),
        ({"closes_at": "18:00:30"}, "whole minutes"),
        ({"weekday": "0"}, "not one of the available choices"),
        ({"weekday": "2"}, "There are hours from this time on already"),
    ],
    ids=str,
)
def test_hours_that_cannot_be_are_explained(
    staff: Client, values: dict[str, str], complaint: str
) -> None:
    open_on("2", "09:00", "12:00")
    form = {"weekday": "1", "opens_at": "09:00", "closes_at": "18:00", **values}
    assert complaint in staff.post(HOURS + "add/", form).content.decode()
    assert OpeningHours.objects.count() == 1


def test_staff_enter_hours_and_closed_days(staff: Client) -> None:
    form = {"weekday": "1", "opens_at": "18:00", "closes_at": "00:00"}
    assert staff.post(HOURS + "add/", form).status_code == 302
    assert str(OpeningHours.objects.get()) == "Monday, 18:00 to 24:00"
    days = {"first_on": "2199-12-24", "last_on": "2199-12-26", "reason": "Christmas"}
    assert staff.post(CLOSED + "add/", days).status_code == 302
    assert str(ClosedDay.objects.get()) == "2199-12-24 to 2199-12-26 Christmas"
    assert "18:00" in staff.get(HOURS).content.decode()
    assert "Christmas" in staff.get(CLOSED).content.decode()


def test_closed_days_have_an_order(staff: Client) -> None:
    days = {"first_on": "2199-12-26", "last_on": "2199-12-24"}
    page = staff.post(CLOSED + "add/", days).content.decode()
    assert "must not be before the first" in page


@pytest.mark.parametrize(
    "row",
    [
        OpeningHours(weekday=8, opens_at=time(9), closes_at=time(18)),
        OpeningHours(weekday=1, opens_at=time(9), closes_at=time(9)),
        ClosedDay(first_on=date(2199, 1, 2), last_on=date(2199, 1, 1)),
    ],
    ids=str,
)
def test_the_database_refuses_what_makes_no_sense(row: Any) -> None:
    with pytest.raises(IntegrityError):
        row.save()


def test_a_customer_has_no_business_there(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("alice@example.com"))
    for path in (HOURS, CLOSED):
        assert client.get(path).status_code == 302


def test_today_is_not_over_by_the_shop_s_calendar(client: Client, settings: Settings) -> None:
    from django.utils import timezone

    settings.SHOP_TIME_ZONE = "Pacific/Kiritimati"  # the first to begin a day
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(timedelta(hours=14)))
    close_on(today)
    close_on(today - timedelta(days=1))
    assert [day["first_on"] for day in opening(client)["closed_days"]] == [today.isoformat()]
