"""/board/ : the work of a day, for staff."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.services.journal import Actor
from payments.services.rental import hand_over
from payments.tests.factories import START, make_gateway, place_paid
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> User:
    make_gateway()
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(staff: User) -> RentalOrder:
    return place_paid(make_user(name="Bob Builder"), (make_product(name="Tent"), 2))


def test_it_asks_for_a_login_and_is_for_staff(client: Client, staff: User) -> None:
    response = client.get("/board/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/board/")
    assert signed_in(make_user()).get("/board/").status_code == 404
    assert signed_in(staff).get("/board/").status_code == 200


def test_only_staff_see_the_way_there(staff: User) -> None:
    link = 'href="/board/"'
    assert link in signed_in(staff).get("/").content.decode()
    assert link in signed_in(staff).get("/admin/").content.decode()
    assert link not in signed_in(make_user()).get("/").content.decode()


def test_a_pickup_is_on_the_page_of_its_day(staff: User, order: RentalOrder) -> None:
    client = signed_in(staff)
    assert "Bob Builder" not in words(client.get("/board/"))
    page = client.get("/board/", {"date": START.date().isoformat()})
    assert f"Bob Builder · {order.order_number} 2 × Tent" in words(page)
    assert "Get the units ready and hand them over." in words(page)


def test_what_is_overdue_stands_first_with_how_late_it_is(staff: User, order: RentalOrder) -> None:
    hand_over(order_id=order.pk, actor=Actor.of(staff))
    with time_machine.travel(START + timedelta(days=2, hours=3), tick=False):
        page = words(signed_in(staff).get("/board/")).replace("\N{NO-BREAK SPACE}", " ")
    assert "Overdue 1 Bob Builder" in page
    assert "3 hours late" in page


def test_the_button_leads_to_the_row_with_its_actions(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.update(attention="Another amount arrived.")
    place_paid(make_user(), (make_product(), 1))
    client = signed_in(staff)
    page = client.get("/board/")
    assert "Another amount arrived." in words(page)
    there = f"/admin/payments/rentalorder/?id__exact={order.pk}"
    assert there in page.content.decode()
    assert client.get(there).context["cl"].result_count == 1


def test_a_day_that_is_none_is_today(staff: User) -> None:
    page = signed_in(staff).get("/board/", {"date": "yesterday"})
    assert words(page).startswith("Today, ")


def test_what_customers_write_is_text(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.update(notes="<script>alert(1)</script>")
    page = signed_in(staff).get("/board/", {"date": START.date().isoformat()})
    assert "<script>" not in page.content.decode()
