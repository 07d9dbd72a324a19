"""Coupons in the admin."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from catalog.tests.factories import make_product
from payments.models import Coupon
from payments.tests.api.admin_support import change, changelist, logged_in
from payments.tests.factories import make_coupon, make_gateway, make_user, place

pytestmark = pytest.mark.django_db

ADD = "/admin/payments/coupon/add/"


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


def test_staff_add_a_coupon_as_people_write_it(staff: Client) -> None:
    sent = {"code": "summer-27", "amount": "7.50", "currency": "EUR", "smallest_order": "50"}
    assert staff.post(ADD, {**sent, "is_active": "on"}).status_code == 302
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.amount_minor, coupon.min_order_minor) == ("SUMMER-27", 750, 5000)
    page = staff.get(change(coupon)).content.decode()
    assert 'value="7.50"' in page
    assert 'value="50.00"' in page


def test_times_are_those_of_the_shop(staff: Client) -> None:
    """Ten in the morning in Berlin, in summer and in winter, and back."""
    times = {"starts_at_0": "2027-06-02", "starts_at_1": "10:00"}
    times |= {"ends_at_0": "2027-12-02", "ends_at_1": "10:00"}
    sent = {"code": "SUMMER", "percent": "10", "is_active": "on", **times}
    assert staff.post(ADD, sent).status_code == 302
    coupon = Coupon.objects.get()
    assert coupon.starts_at == datetime(2027, 6, 2, 8, tzinfo=UTC)
    assert coupon.ends_at == datetime(2027, 12, 2, 9, tzinfo=UTC)
    assert staff.get(change(coupon)).content.decode().count('value="10:00:00"') == 2
    skipped = {**sent, "code": "NIGHT", "starts_at_0": "2027-03-28", "starts_at_1": "02:30"}
    assert "Europe/Berlin" in staff.post(ADD, skipped).content.decode()


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "takes off a percentage up to 100 or an amount"),
        ({"percent": "10", "amount": "5", "currency": "EUR"}, "takes off a percentage"),
        ({"percent": "101"}, "takes off a percentage"),
        ({"amount": "5"}, "Amounts need a currency"),
        ({"percent": "10", "smallest_order": "5"}, "Amounts need a currency"),
        ({"amount": "5.001", "currency": "EUR"}, "EUR has 2 digits after the point"),
        ({"percent": "10", "code": "a b"}, "3 to 40 letters, digits and dashes"),
        (
            {"percent": "10", "starts_at_0": "2027-06-02", "starts_at_1": "10:00"}
            | {"ends_at_0": "2027-06-01", "ends_at_1": "10:00"},
            "must end after it starts",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_explained_and_nothing_is_saved(
    staff: Client, values: dict[str, Any], complaint: str
) -> None:
    answer = staff.post(ADD, {"code": "SUMMER", "is_active": "on", **values})
    assert complaint in answer.content.decode()
    assert not Coupon.objects.exists()


def test_a_code_is_there_once_in_whatever_case(staff: Client) -> None:
    make_coupon()
    answer = staff.post(ADD, {"code": "summer", "percent": "5"})
    assert "already exists" in answer.content.decode()


def test_the_list_says_what_it_takes_off_and_how_often_it_was_used(staff: Client) -> None:
    make_gateway()
    coupon = make_coupon(max_redemptions=5)
    place(make_user(), (make_product(), 1), coupon="SUMMER")
    page = staff.get(changelist(Coupon)).content.decode()
    assert "−10 %" in page
    assert "1 of 5" in page
    assert staff.get(f"/admin/payments/coupon/{coupon.pk}/delete/").status_code == 403
