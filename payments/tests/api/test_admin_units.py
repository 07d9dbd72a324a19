"""Units and scans in the admin: what staff do with them there."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Role
from catalog.models import Unit
from catalog.tests.factories import make_product
from payments.models import Claim, Movement, RentalOrder
from payments.services.journal import SYSTEM, Actor
from payments.services.movements import Damage, Scan
from payments.services.rental import hand_over, take_back
from payments.tests.api.admin_support import act, change, logged_in
from payments.tests.api.movements import HOUR, began
from payments.tests.factories import make_gateway, make_user, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def unit() -> Unit:
    make_gateway()
    return Unit.objects.create(product=make_product(tracks_units=True), serial="T-1")


@pytest.fixture
def order(unit: Unit) -> RentalOrder:
    return began(place_paid(make_user(), (unit.product, 1)), HOUR)


def status(unit: Unit) -> str:
    return Unit.objects.with_status().get(pk=unit.pk).status.value


def test_a_unit_is_taken_out_of_service_put_back_and_retired(staff: Client, unit: Unit) -> None:
    asked = act(staff, "out_of_service", unit)
    assert "Take these units out of service" in asked
    assert status(unit) == "IN_SERVICE", "nothing is done before the answer"
    for action, becomes in (
        ("out_of_service", "OUT_OF_SERVICE"),
        ("back_in_service", "IN_SERVICE"),
        ("retire", "RETIRED"),
    ):
        assert "Units done: 1" in act(staff, action, unit, confirmed="yes")
        assert status(unit) == becomes


def test_a_unit_that_is_out_is_not_retired(staff: Client, unit: Unit, order: RentalOrder) -> None:
    hand_over(order_id=order.pk, actor=SYSTEM)
    assert f"T-1 is out with order {order.order_number}." in act(
        staff, "retire", unit, confirmed="yes"
    )
    assert status(unit) == "IN_SERVICE"


def test_the_page_of_a_unit_shows_its_status(staff: Client, unit: Unit) -> None:
    page = staff.get(f"/admin/catalog/unit/{unit.pk}/change/").content.decode()
    assert "T-1" in page
    assert "In service" in page


def test_a_scan_is_undone_with_a_reason(staff: Client, order: RentalOrder) -> None:
    hand_over(order_id=order.pk, actor=SYSTEM)
    movement = Movement.objects.get()
    assert "Were these scans mistakes?" in act(staff, "undo", movement)
    done = act(staff, "undo", movement, confirmed="yes", reason="The wrong one.")
    assert "Movements undone: 1" in done
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    assert "The wrong one." in staff.get(change(movement)).content.decode()


def test_a_claim_is_waived_with_a_reason(staff: Client, order: RentalOrder) -> None:
    clerk = Actor.of(make_user(role=Role.STAFF))
    hand_over(order_id=order.pk, actor=clerk)
    damage = Damage(Decimal("30.00"), "A bent pole.")
    scan = Scan(order.items.get().pk, damages=[damage])
    take_back(order_id=order.pk, actor=clerk, scans=[scan])
    claim = Claim.objects.get()
    assert "Claims withdrawn: 1" in act(
        staff, "withdraw", claim, confirmed="yes", reason="An old friend."
    )
    claim.refresh_from_db()
    assert (claim.status, claim.withdrawn_because) == ("WITHDRAWN", "An old friend.")
