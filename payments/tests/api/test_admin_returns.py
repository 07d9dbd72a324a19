"""Pickup, return, claims and deposits in the admin."""

import pytest
from django.test import Client

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Claim, OrderEvent, Refund, RentalOrder
from payments.tests.api.admin_support import act, change, logged_in
from payments.tests.api.support import rows
from payments.tests.factories import make_gateway, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def order() -> RentalOrder:
    make_gateway()
    return place_paid(make_user(), (make_product(), 1))


def test_an_order_goes_out_comes_back_and_its_deposit_is_settled(
    staff: Client, order: RentalOrder
) -> None:
    for action in ("hand_over", "take_back"):
        assert "Orders done: 1" in act(staff, action, order, confirmed="yes")
    said = {"kind": "DAMAGE", "amount": "30.00", "reason": "A bent pole."}
    assert "Claims made: 1" in act(staff, "claim", order, confirmed="yes", **said)
    assert "Orders done: 1" in act(staff, "settle_deposit", order, confirmed="yes")
    assert Refund.objects.get().amount_minor == 2000
    page = staff.get(change(order)).content.decode()
    for part in ("A bent pole.", "30.00 EUR", "deposit.settled"):
        assert part in page
    events = OrderEvent.objects.filter(fact__in=["order.picked_up", "claim.made"])
    assert {event.actor for event in events} == {"staff"}
    assert_books(at_rest=False)


def test_a_return_is_undone_with_a_reason(staff: Client, order: RentalOrder) -> None:
    for action in ("hand_over", "take_back"):
        act(staff, action, order, confirmed="yes")
    assert "This field is required" in act(staff, "undo_take_back", order, confirmed="yes")
    said = act(staff, "undo_take_back", order, confirmed="yes", reason="The wrong one.")
    assert "Orders done: 1" in said
    order.refresh_from_db()
    assert order.status == "PICKED_UP"


@pytest.mark.parametrize(
    "action", ["hand_over", "take_back", "undo_take_back", "claim", "settle_deposit"]
)
def test_each_asks_first(staff: Client, order: RentalOrder, action: str) -> None:
    before = rows()
    assert order.order_number in act(staff, action, order)
    assert rows() == before


def test_what_the_rules_refuse_is_told(staff: Client, order: RentalOrder) -> None:
    said = act(staff, "settle_deposit", order, confirmed="yes")
    assert f"{order.order_number}: A deposit is settled once everything is back." in said
    act(staff, "hand_over", order, confirmed="yes")
    said = act(
        staff, "claim", order, confirmed="yes", kind="LATE", amount="1.001", reason="Two hours."
    )
    assert "EUR has 2 digits after the point." in said
    assert not Claim.objects.exists()
