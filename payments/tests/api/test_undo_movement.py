"""POST /payments/rental-orders/{id}/movements/{movement_id}/undo/ (docs/adr/0012)"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product, SupplyChange
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.models import Movement, OrderEvent, PaymentNotification, RentalOrder
from payments.tests.api.movements import HOUR, began, fulfilled, held, scan, undo
from payments.tests.api.returns import accounts, claim, post
from payments.tests.api.support import data, refusal
from payments.tests.factories import make_gateway, period, place, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_product(units=2)


@pytest.fixture
def order(product: Product) -> RentalOrder:
    return began(place_paid(make_user(), (product, 2)), HOUR)


def last() -> Movement:
    return Movement.objects.latest("at")


def test_undoing_the_only_pickup_makes_the_order_confirmed_again(
    staff: User, order: RentalOrder
) -> None:
    before, told = accounts(order), PaymentNotification.objects.count()
    data(post(staff, order, "hand_over"))
    shown = data(undo(staff, last()))
    assert (shown["status"], fulfilled(shown)) == ("CONFIRMED", (2, 0, 0, 0))
    (movement,) = shown["movements"]
    assert (movement["is_undone"], movement["undo_reason"]) == (True, "The wrong one.")
    step = OrderEvent.objects.latest("id")
    assert (step.fact, step.from_status, step.to_status, step.user) == (
        "order.pickup_undone",
        "PICKED_UP",
        "CONFIRMED",
        staff,
    )
    assert step.data["reason"] == "The wrong one."
    assert accounts(order) == before, "it is charged once"
    assert PaymentNotification.objects.count() == told, "and the customer need not know"
    assert_books(at_rest=False)
    assert data(post(staff, order, "hand_over"))["status"] == "PICKED_UP"


def test_an_order_whose_pickup_was_undone_can_be_cancelled(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    data(undo(staff, last()))
    assert post(staff, order, "cancel_order").status_code == 200
    assert_books(at_rest=False)


def test_undoing_one_of_two_pickups_leaves_it_picked_up(staff: User, order: RentalOrder) -> None:
    for _ in "12":
        data(scan(staff, order, "hand_over", {"quantity": 1}))
    shown = data(undo(staff, last()))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (1, 1, 0, 0))
    assert OrderEvent.objects.latest("id").fact == "units.scan_undone"
    assert_books(at_rest=False)


def test_undoing_the_last_return_means_that_it_is_still_out(
    staff: User, order: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    for _ in "12":
        data(scan(staff, order, "take_back", {"quantity": 1}))
    shown = data(undo(staff, last()))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (0, 1, 1, 0))
    assert shown["returned_at"] is None
    assert held(order, order.rental_end_date - HOUR) == 1
    assert_books(at_rest=False)
    assert data(post(staff, order, "take_back"))["status"] == "RETURNED"


def test_undo_take_back_undoes_the_scan_that_ended_it(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    for _ in "12":
        data(scan(staff, order, "take_back", {"quantity": 1}))
    shown = data(post(staff, order, "undo_take_back", reason="The wrong one."))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (0, 1, 1, 0))


def test_undoing_a_return_again_by_the_same_request_is_the_same(
    staff: User, order: RentalOrder
) -> None:
    for step in ("hand_over", "take_back"):
        data(post(staff, order, step))
    for _ in "12":
        shown = data(post(staff, order, "undo_take_back", "key-1", reason="The wrong one."))
        assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (0, 2, 0, 0))


def test_letting_units_go_is_undone_as_well(staff: User, order: RentalOrder) -> None:
    data(scan(staff, order, "hand_over", {"quantity": 1}))
    data(post(staff, order, "take_back", release_rest=True))
    left = Movement.objects.get(kind="LEFT")
    shown = data(undo(staff, left))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (1, 0, 1, 0))
    assert held(order, order.rental_end_date - HOUR) == 1
    assert_books(at_rest=False)


def test_units_that_somebody_else_was_promised_are_not_out_again(
    staff: User, order: RentalOrder, product: Product
) -> None:
    data(post(staff, order, "hand_over"))
    data(post(staff, order, "take_back"))
    other = place(make_user(), (product, 1), when=period(0.5, timezone.now() + HOUR))
    refused = refusal(undo(staff, last()), 409, "out_of_stock")
    assert other.order_number in refused["message"]
    order.refresh_from_db()
    assert order.status == "RETURNED"
    assert Movement.objects.filter(undone_at=None).count() == 2
    assert_books(at_rest=False)


def test_what_came_after_it_is_undone_first(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    taken = last()
    data(scan(staff, order, "take_back", {"quantity": 1}))
    refused = refusal(undo(staff, taken), 409, "illegal_status")
    assert "first" in refused["message"]


def test_a_movement_is_undone_once(staff: User, order: RentalOrder) -> None:
    for _ in "12":
        data(scan(staff, order, "hand_over", {"quantity": 1}))
    data(undo(staff, last(), key="key-1"))
    data(undo(staff, last(), key="key-1"))
    refusal(undo(staff, last()), 409, "illegal_status")
    assert fulfilled(data(post(staff, order, "hand_over"))) == (0, 2, 0, 0)


def test_the_claims_of_a_return_go_with_it(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    damage = {"amount": "30.00", "reason": "A bent pole."}
    data(scan(staff, order, "take_back", {"damages": [damage]}))
    data(claim(staff, order, "5.00") and undo(staff, last()))
    stated = order.claims.order_by("created_at").values_list("status", "withdrawn_because")
    assert list(stated) == [("WITHDRAWN", "The wrong one."), ("OPEN", "")]


def test_a_pickup_is_not_undone_while_something_is_claimed(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    claim(staff, order, "5.00")
    refusal(undo(staff, last()), 409, "illegal_status")


def test_what_was_lost_is_found_again(staff: User, order: RentalOrder, product: Product) -> None:
    data(post(staff, order, "hand_over"))
    data(scan(staff, order, "take_back", {"condition": "LOST"}))
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1))
    data(undo(staff, last()))
    assert not SupplyChange.objects.exists()
    assert place(make_user(), (product, 2)).status == "PENDING"
    assert_books(at_rest=False)


def test_after_the_deposit_is_settled_nothing_is_undone(staff: User, order: RentalOrder) -> None:
    for step in ("hand_over", "take_back", "settle_deposit"):
        data(post(staff, order, step))
    refusal(undo(staff, last()), 409, "deposit_settled")


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
def test_undoing_needs_a_reason(staff: User, order: RentalOrder, reason: str) -> None:
    data(post(staff, order, "hand_over"))
    refusal(undo(staff, last(), reason), 400, "invalid")


def test_a_movement_of_another_order_is_not_found(
    staff: User, order: RentalOrder, product: Product
) -> None:
    data(post(staff, order, "hand_over"))
    other = place(make_user(), (product, 1), when=period(1, timezone.now() + timedelta(days=9)))
    path = f"movements/{last().pk}/undo"
    refusal(post(staff, other, path, reason="The wrong one."), 404, "not_found")


def test_an_order_that_is_confirmed_again_has_one_promise_for_each_line(
    staff: User, order: RentalOrder
) -> None:
    """As if nothing had been scanned: what was let go is promised again, too."""
    for _ in "12":
        data(scan(staff, order, "hand_over", {"quantity": 1}))
        data(undo(staff, last()))
    data(scan(staff, order, "hand_over", {"quantity": 1}))
    data(post(staff, order, "take_back", release_rest=True))
    for kind in ("BACK", "OUT"):
        shown = data(undo(staff, Movement.objects.filter(kind=kind).latest("at")))
    assert (shown["status"], fulfilled(shown)) == ("CONFIRMED", (2, 0, 0, 0))
    (row,) = order.reservations.all()
    assert (row.stage, row.quantity, row.is_active) == ("RESERVED", 2, True)
    assert_books(at_rest=False)
