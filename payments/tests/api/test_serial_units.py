"""Units with serial numbers: bound at pickup, returned by number, swapped (D2.9)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import KitPart, Product, SupplyChange, Unit
from catalog.tests.factories import make_product
from payments.models import Movement, OrderEvent, RentalOrder, UnitBinding
from payments.services.unit_service import take_out_of_service
from payments.tests.api.movements import HOUR, began, scan, undo
from payments.tests.api.returns import post
from payments.tests.api.support import data, refusal
from payments.tests.factories import make_gateway, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


def make_tracked(*serials: str, **values: Any) -> Product:
    """A product with a unit for each serial number."""
    product = make_product(name="Tent", tracks_units=True, **values)
    Unit.objects.bulk_create(Unit(product=product, serial=serial) for serial in serials)
    product.refresh_from_db()
    return product


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_tracked("T-1", "T-2", "T-3", "T-4")


@pytest.fixture
def order(product: Product) -> RentalOrder:
    return began(place_paid(make_user(), (product, 2)), HOUR)


@pytest.fixture
def other(product: Product) -> RentalOrder:
    return began(place_paid(make_user(), (product, 2)), HOUR)


def unit(serial: str) -> Unit:
    return Unit.objects.get(serial=serial)


def numbers(shown: Any) -> list[str]:
    (item,) = shown["items"]
    found: list[str] = item["serial_numbers"]
    return found


def test_units_are_bound_at_pickup_and_let_go_at_the_return(
    staff: User, order: RentalOrder
) -> None:
    shown = data(scan(staff, order, "hand_over", {"serial_numbers": ["T-2", "T-4"]}))
    assert numbers(shown) == ["T-2", "T-4"]
    shown = data(scan(staff, order, "take_back", {"serial_numbers": ["T-4"]}))
    assert (numbers(shown), shown["status"]) == (["T-2"], "PICKED_UP")
    assert shown["movements"][-1]["serial_numbers"] == ["T-4"]
    shown = data(post(staff, order, "take_back"))
    assert (numbers(shown), shown["status"]) == ([], "RETURNED")
    assert_books(at_rest=False)


def test_without_serial_numbers_any_that_are_here_go_out(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(scan(staff, order, "hand_over", {"serial_numbers": ["T-1", "T-3"]}))
    assert numbers(data(post(staff, other, "hand_over"))) == ["T-2", "T-4"]


def test_a_unit_that_is_out_is_refused_with_where_it_is(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    answer = scan(staff, other, "hand_over", {"serial_numbers": ["T-1", "T-3"]})
    refused = refusal(answer, 409, "unit_not_available")
    assert refused["message"] == f"T-1 is out with order {order.order_number}."
    assert not other.movements.exists()


@pytest.mark.parametrize("state", ["out of service", "retired"])
def test_a_unit_that_is_not_for_rent_is_refused(
    staff: User, order: RentalOrder, state: str
) -> None:
    if state == "retired":
        Unit.objects.filter(serial="T-1").update(retired_at=timezone.now())
    else:
        take_out_of_service(unit_id=unit("T-1").pk)
    answer = scan(staff, order, "hand_over", {"serial_numbers": ["T-1", "T-3"]})
    assert refusal(answer, 409, "unit_not_available")["message"] == f"T-1 is {state}."
    assert numbers(data(post(staff, order, "hand_over"))) == ["T-2", "T-3"]


def test_too_few_that_are_here_are_refused_with_where_the_others_are(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    """Nobody is un-confirmed; but what is not here cannot be handed over."""
    data(post(staff, order, "hand_over"))
    take_out_of_service(unit_id=unit("T-3").pk)
    message = refusal(post(staff, other, "hand_over"), 409, "unit_not_available")["message"]
    assert message.startswith("1 of Tent are here: ")
    assert "T-3 is out of service" in message
    assert f"T-1 is out with order {order.order_number}" in message


@pytest.mark.parametrize(
    "item",
    [
        {"serial_numbers": ["T-9"]},
        {"serial_numbers": ["T-1"], "quantity": 2},
        {"serial_numbers": ["T-1", "T-2"], "quantity": 1},
    ],
)
def test_serial_numbers_must_be_right_and_as_many(
    staff: User, order: RentalOrder, item: dict[str, Any]
) -> None:
    refusal(scan(staff, order, "hand_over", item), 400, "invalid")


def test_a_product_without_serial_numbers_takes_none(staff: User) -> None:
    make_gateway()
    order = began(place_paid(make_user(), (make_product(), 1)), HOUR)
    refusal(scan(staff, order, "hand_over", {"serial_numbers": ["T-1"]}), 400, "invalid")


def test_which_of_several_units_came_back_must_be_said(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    refusal(scan(staff, order, "take_back", {"quantity": 1}), 400, "invalid")
    refusal(scan(staff, order, "take_back", {"serial_numbers": ["T-3"]}), 400, "invalid")
    assert order.movements.count() == 1


def test_the_database_lets_no_unit_out_twice(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    binding = UnitBinding.objects.first()
    assert binding is not None
    binding.pk = None
    with pytest.raises(IntegrityError, match="unitbinding_out_once"), transaction.atomic():
        binding.save(force_insert=True)


def test_a_lost_unit_is_away_by_its_name(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    lost = {"serial_numbers": ["T-1"], "condition": "LOST"}
    data(scan(staff, order, "take_back", lost, {"serial_numbers": ["T-2"]}))
    change = SupplyChange.objects.get()
    assert (change.unit, change.quantity, change.reason) == (unit("T-1"), -1, "LOST")
    answer = scan(staff, other, "hand_over", {"serial_numbers": ["T-1", "T-2"]})
    assert "T-1 is out of service" in refusal(answer, 409, "unit_not_available")["message"]


def test_an_undone_pickup_lets_its_units_go(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    data(undo(staff, Movement.objects.get()))
    answer = scan(staff, other, "hand_over", {"serial_numbers": ["T-1", "T-2"]})
    assert numbers(data(answer)) == ["T-1", "T-2"]


def test_an_undone_return_takes_its_units_again(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "hand_over"))
    data(post(staff, order, "take_back"))
    shown = data(post(staff, order, "undo_take_back", reason="The wrong one."))
    assert numbers(shown) == ["T-1", "T-2"]
    assert shown["movements"][-1]["serial_numbers"] == []  # which brought back none


def test_a_unit_that_is_out_elsewhere_cannot_be_out_again(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    data(post(staff, order, "take_back"))
    data(scan(staff, other, "hand_over", {"serial_numbers": ["T-1"]}))
    answer = post(staff, order, "undo_take_back", reason="The wrong one.")
    refused = refusal(answer, 409, "unit_not_available")
    assert refused["message"] == f"T-1 is out with order {other.order_number}."


def swap(staff: User, order: RentalOrder, old: str, new: str, **more: Any) -> Any:
    body = {"item_id": str(order.items.get().pk), "old": old, "new": new, "reason": "A hole."}
    return post(staff, order, "swap_unit", **body | more)


def test_a_unit_is_swapped_for_another(staff: User, order: RentalOrder) -> None:
    data(scan(staff, order, "hand_over", {"serial_numbers": ["T-1", "T-2"]}))
    for _ in "12":
        assert numbers(data(swap(staff, order, "T-1", "T-4", key="k"))) == ["T-2", "T-4"]
    event = OrderEvent.objects.get(fact="units.swapped")
    assert (event.user, event.data["old"], event.data["new"]) == (staff, "T-1", "T-4")
    data(scan(staff, order, "take_back", {"serial_numbers": ["T-4"]}))
    assert data(post(staff, order, "take_back"))["status"] == "RETURNED"
    assert_books(at_rest=False)


def test_a_unit_that_was_swapped_is_here_again_when_the_pickup_is_undone(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    data(scan(staff, order, "hand_over", {"serial_numbers": ["T-1", "T-2"]}))
    data(swap(staff, order, "T-1", "T-4"))
    data(undo(staff, Movement.objects.get()))
    assert not UnitBinding.objects.filter(released_at=None).exists()
    data(scan(staff, other, "hand_over", {"serial_numbers": ["T-4", "T-2"]}))


def test_only_what_is_out_is_swapped_and_only_for_what_is_here(
    staff: User, order: RentalOrder, other: RentalOrder
) -> None:
    refusal(swap(staff, order, "T-1", "T-4"), 409, "illegal_status")
    data(post(staff, order, "hand_over"))
    data(post(staff, other, "hand_over"))
    refusal(swap(staff, order, "T-3", "T-4"), 400, "invalid")
    refusal(swap(staff, order, "T-1", "T-9"), 400, "invalid")
    refusal(swap(staff, order, "T-1", "T-3"), 409, "unit_not_available")
    refusal(swap(staff, order, "T-1", "T-2", reason=""), 400, "invalid")


@pytest.mark.parametrize("quantity", [{"quantity": 1}, {}], ids=["counted", "all of it"])
def test_the_parts_of_a_kit_are_bound_as_well(
    staff: User, product: Product, quantity: dict[str, int]
) -> None:
    kit = make_product(units=0)
    KitPart.objects.create(kit=kit, part=product, quantity=2)
    KitPart.objects.create(kit=kit, part=make_product(), quantity=3)
    order = began(place_paid(make_user(), (kit, 1)), HOUR)
    answer = scan(staff, order, "hand_over", {"serial_numbers": ["T-4", "T-2"], **quantity})
    assert numbers(data(answer)) == ["T-2", "T-4"]
    assert data(post(staff, order, "take_back"))["status"] == "RETURNED"
    assert not UnitBinding.objects.filter(released_at=None).exists()
    assert_books(at_rest=False)
