"""POST /payments/rental-orders/{id}/hand_over/, take_back/ and undo_take_back/"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import OrderEvent, RentalOrder
from payments.tests.api.returns import bring_back, post
from payments.tests.api.support import data, refusal
from payments.tests.factories import make_gateway, place, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_product(units=1)


@pytest.fixture
def order(product: Product) -> RentalOrder:
    return place_paid(make_user(), (product, 1))


def held(order: RentalOrder) -> bool:
    """Whether it counts beyond now: what is back counts only through its turnaround."""
    return order.reservations.filter(is_active=True, ends_at__gt=timezone.now()).exists()


def test_units_go_out_and_come_back(staff: User, order: RentalOrder) -> None:
    assert data(post(staff, order, "hand_over"))["status"] == "PICKED_UP"
    assert held(order)
    before = timezone.now()
    shown = data(post(staff, order, "take_back"))
    assert shown["status"] == "RETURNED"
    assert not held(order)
    order.refresh_from_db()
    assert order.returned_at is not None
    assert before <= order.returned_at <= timezone.now()
    steps = OrderEvent.objects.filter(fact__in=["order.picked_up", "order.returned"])
    assert [event.user for event in steps] == [staff, staff]
    assert_books(at_rest=False)


@pytest.mark.parametrize("step", ["hand_over", "take_back"])
def test_what_is_asked_is_the_same_for_any_number_of_lines(staff: User, step: str) -> None:
    """Lines are read together; each is written by itself."""
    make_gateway()
    small, large = (
        place_paid(make_user(), *((make_product(), 1) for _ in range(lines))) for lines in (1, 5)
    )
    assert selects(staff, small, step) == selects(staff, large, step)


def selects(staff: User, order: RentalOrder, step: str) -> int:
    if step == "take_back":
        data(post(staff, order, "hand_over"))
    with CaptureQueriesContext(connection) as captured:
        data(post(staff, order, step))
    # Prepared statements have no text here; all of them read.
    return sum((query["sql"] or "SELECT").startswith("SELECT") for query in captured)


@pytest.mark.parametrize("step", ["hand_over", "take_back"])
def test_a_repeated_request_does_it_once(staff: User, order: RentalOrder, step: str) -> None:
    if step == "take_back":
        data(post(staff, order, "hand_over"))
    shown = [data(post(staff, order, step, key="key-1"))["status"] for _ in "12"]
    assert shown[0] == shown[1]
    refusal(post(staff, order, step), 409, "illegal_status")


@pytest.mark.parametrize("step", ["hand_over", "take_back"])
def test_no_items_is_not_all_of_them(staff: User, order: RentalOrder, step: str) -> None:
    """D7: nothing was chosen, and everything would have gone out."""
    answer = refusal(post(staff, order, step, items=[]), 400, "invalid")
    assert answer["errors"] == {"items": {"non_field_errors": ["This list may not be empty."]}}


def test_only_a_confirmed_order_is_handed_over(staff: User, product: Product) -> None:
    """D12"""
    unpaid = place(make_user(), (product, 1))
    refusal(post(staff, unpaid, "hand_over"), 409, "illegal_status")
    refusal(post(staff, unpaid, "take_back"), 409, "illegal_status")


def test_a_return_that_was_a_mistake_is_undone(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    shown = data(post(staff, order, "undo_take_back", reason="The wrong one."))
    assert (shown["status"], shown["returned_at"]) == ("PICKED_UP", None)
    assert held(order)
    undone = OrderEvent.objects.filter(fact="order.picked_up").latest("id")
    assert (undone.from_status, undone.data["reason"]) == ("RETURNED", "The wrong one.")
    assert data(post(staff, order, "take_back"))["status"] == "RETURNED"
    assert_books(at_rest=False)


def test_undoing_needs_a_reason(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    refusal(post(staff, order, "undo_take_back"), 400, "invalid")
    refusal(post(staff, order, "undo_take_back", reason=" "), 400, "invalid")


def test_units_that_are_promised_to_somebody_else_are_not_taken_again(
    staff: User, order: RentalOrder, product: Product
) -> None:
    bring_back(staff, order)
    place(make_user(), (product, 1))
    answer = post(staff, order, "undo_take_back", reason="The wrong one.")
    refusal(answer, 409, "out_of_stock")
    order.refresh_from_db()
    assert order.status == "RETURNED"
    assert_books(at_rest=False)


def test_after_the_deposit_is_settled_nothing_is_undone(staff: User, order: RentalOrder) -> None:
    bring_back(staff, order)
    data(post(staff, order, "settle_deposit"))
    answer = post(staff, order, "undo_take_back", reason="The wrong one.")
    refusal(answer, 409, "deposit_settled")


def test_an_order_that_is_out_is_not_cancelled(staff: User, order: RentalOrder) -> None:
    """D12: that is an early return."""
    data(post(staff, order, "hand_over"))
    refusal(post(staff, order, "cancel_order"), 409, "illegal_status")


def unsecured(order: RentalOrder) -> RentalOrder:
    RentalOrder.objects.filter(pk=order.pk).update(deposit_strategy="HOLD")
    return order


def test_nothing_is_handed_over_before_its_deposit_is_secured(
    staff: User, order: RentalOrder
) -> None:
    """D4: unless staff say so, and then the history does, too."""
    refusal(post(staff, unsecured(order), "hand_over"), 409, "deposit_not_secured")
    assert data(post(staff, order, "hand_over", without_deposit=True))["status"] == "PICKED_UP"
    assert OrderEvent.objects.get(fact="order.picked_up").data == {"without_deposit": True}


def test_a_shop_may_hand_over_without_deposits(
    staff: User, order: RentalOrder, settings: Settings
) -> None:
    settings.PICKUP_NEEDS_DEPOSIT = False
    assert data(post(staff, unsecured(order), "hand_over"))["status"] == "PICKED_UP"


def test_a_card_on_file_is_enough(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.filter(pk=order.pk).update(deposit_strategy="CARD_ON_FILE")
    assert data(post(staff, order, "hand_over"))["status"] == "PICKED_UP"
