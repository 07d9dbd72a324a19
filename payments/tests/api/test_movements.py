"""Handing over and taking back in parts: hand_over/ and take_back/ with `items` (D1, D2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product, SupplyChange
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.models import Claim, Movement, OrderEvent, RentalOrder
from payments.tests.api.movements import HOUR, began, fulfilled, held, scan
from payments.tests.api.returns import post
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import START, api_client, make_gateway, period, place, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_product(units=3, turnaround_time=2 * HOUR)


@pytest.fixture
def order(product: Product) -> RentalOrder:
    return began(place_paid(make_user(), (product, 3)), HOUR)


def test_units_go_out_and_come_back_in_parts(staff: User, order: RentalOrder) -> None:
    """D1: the first unit out makes it picked up, the last one back makes it returned."""
    shown = data(scan(staff, order, "hand_over", {"quantity": 1}))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (2, 1, 0, 0))
    shown = data(scan(staff, order, "hand_over", {"quantity": 2}))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (0, 3, 0, 0))
    shown = data(scan(staff, order, "take_back", {"quantity": 2}))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (0, 1, 2, 0))
    assert shown["returned_at"] is None
    shown = data(scan(staff, order, "take_back", {"quantity": 1}))
    assert (shown["status"], fulfilled(shown)) == ("RETURNED", (0, 0, 3, 0))
    assert shown["returned_at"] == shown["movements"][-1]["at"]
    facts = OrderEvent.objects.filter(order=order, user=staff).order_by("id")
    assert list(facts.values_list("fact", flat=True)) == [
        "order.picked_up",
        "units.handed_over",
        "units.taken_back",
        "order.returned",
    ]
    assert_books(at_rest=False)


def test_what_is_back_is_occupied_for_its_turnaround_and_then_free(
    staff: User, order: RentalOrder, product: Product
) -> None:
    """D1, D2.2: however early it came."""
    data(post(staff, order, "hand_over"))
    data(scan(staff, order, "take_back", {"quantity": 1}))
    now = timezone.now()
    assert [held(order, now + n * HOUR) for n in (1, 3)] == [3, 2]
    soon = period(1, now + 3 * HOUR)
    assert place(make_user(), (product, 1), when=soon).status == "PENDING"
    assert_books(at_rest=False)


def test_an_empty_body_is_all_there_is(staff: User, order: RentalOrder) -> None:
    data(scan(staff, order, "hand_over", {"quantity": 1}))
    assert fulfilled(data(post(staff, order, "hand_over"))) == (0, 3, 0, 0)
    data(scan(staff, order, "take_back", {"quantity": 1}))
    assert fulfilled(data(post(staff, order, "take_back"))) == (0, 0, 3, 0)


@pytest.mark.parametrize("step", ["hand_over", "take_back"])
def test_more_than_there_is_is_refused(staff: User, order: RentalOrder, step: str) -> None:
    if step == "take_back":
        data(scan(staff, order, "hand_over", {"quantity": 3}))
    before = rows()
    refusal(scan(staff, order, step, {"quantity": 4}), 409, "illegal_status")
    refusal(scan(staff, order, step, {"quantity": 2}, {"quantity": 2}), 409, "illegal_status")
    refusal(scan(staff, order, step, {}, {}), 409, "illegal_status")
    assert rows() == before


def test_a_line_of_another_order_is_not_scanned(
    staff: User, order: RentalOrder, product: Product
) -> None:
    other = place(make_user(), (product, 1), when=period(start=START + timedelta(days=9)))
    item = {"item_id": str(other.items.get().pk)}
    refusal(scan(staff, order, "hand_over", item), 400, "invalid")


@pytest.mark.parametrize(
    "item",
    [
        {"quantity": 0},
        {"quantity": "1"},
        {"condition": "GOOD"},  # of what goes out nobody asks
        {"serial_numbers": "A"},
        {"serial_numbers": ["A", "A"]},
        {"serial_numbers": [""]},
        {"item_id": "nothing"},
        {"color": "red"},
    ],
)
def test_a_scan_that_makes_no_sense_is_refused(
    staff: User, order: RentalOrder, item: dict[str, Any]
) -> None:
    refusal(scan(staff, order, "hand_over", item), 400, "invalid")
    assert not Movement.objects.exists()


def test_the_same_request_again_moves_nothing(staff: User, order: RentalOrder) -> None:
    for _ in "12":
        shown = data(scan(staff, order, "hand_over", {"quantity": 1}, key="key-1"))
        assert fulfilled(shown) == (2, 1, 0, 0)
    refusal(
        scan(staff, order, "hand_over", {"quantity": 2}, key="key-1"),
        422,
        "idempotency_key_reused",
    )


def test_what_was_never_picked_up_is_let_go(staff: User, order: RentalOrder) -> None:
    data(scan(staff, order, "hand_over", {"quantity": 2}))
    shown = data(post(staff, order, "take_back"))
    assert (shown["status"], fulfilled(shown)) == ("PICKED_UP", (1, 0, 2, 0))
    refusal(post(staff, order, "take_back"), 409, "illegal_status")
    shown = data(post(staff, order, "take_back", release_rest=True))
    assert (shown["status"], fulfilled(shown)) == ("RETURNED", (0, 0, 2, 1))
    assert held(order, timezone.now() + 3 * HOUR) == 0
    assert_books(at_rest=False)


def test_damages_become_claims_with_the_return(staff: User, order: RentalOrder) -> None:
    """D4"""
    data(post(staff, order, "hand_over"))
    damage = {"amount": "30.00", "reason": "A bent pole."}
    shown = data(
        scan(
            staff,
            order,
            "take_back",
            {"quantity": 1, "condition": "DAMAGED", "notes": "Rude.", "damages": [damage]},
            {"quantity": 2, "condition": "WORN"},
        )
    )
    (claim,) = shown["claims"]
    assert (claim["kind"], claim["amount"], claim["status"]) == ("DAMAGE", "30.00", "OPEN")
    assert claim["item_id"] == shown["items"][0]["id"]
    damaged, worn = (m for m in shown["movements"] if m["kind"] == "BACK")
    assert {damaged["condition"], worn["condition"]} == {"DAMAGED", "WORN"}
    row = Claim.objects.get()
    assert row.movement is not None
    assert (row.movement.condition, row.made_by) == ("DAMAGED", staff)


def test_a_damage_that_cannot_be_claimed_stops_the_whole_scan(
    staff: User, order: RentalOrder
) -> None:
    data(post(staff, order, "hand_over"))
    before = rows()
    damage = {"amount": "30.001", "reason": "A bent pole."}
    refusal(scan(staff, order, "take_back", {"damages": [damage]}), 400, "invalid")
    assert rows() == before
    order.refresh_from_db()
    assert order.status == "PICKED_UP"


def test_what_is_lost_is_written_off_and_not_there_any_more(
    staff: User, order: RentalOrder, product: Product
) -> None:
    """D2.3: the order can end, and nobody is promised what is gone."""
    data(post(staff, order, "hand_over"))
    loss = {"amount": "200.00", "reason": "Fell into the river."}
    lost = {"quantity": 1, "condition": "LOST", "damages": [loss]}
    shown = data(scan(staff, order, "take_back", lost, {"quantity": 2}))
    assert (shown["status"], fulfilled(shown)) == ("RETURNED", (0, 0, 3, 0))
    assert [claim["kind"] for claim in shown["claims"]] == ["LOSS"]
    change = SupplyChange.objects.get()
    assert (change.product, change.quantity, change.reason) == (product, -1, "LOST")
    assert change.note == f"Order {order.order_number}"
    assert place(make_user(), (product, 2)).status == "PENDING"
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 1))
    assert_books(at_rest=False)


def test_what_happens_later_stands_later_whatever_the_clock_says(
    staff: User, order: RentalOrder
) -> None:
    """The database's clock may be put back; what came first tells what can be undone."""
    data(scan(staff, order, "hand_over", {"quantity": 1}))
    ahead = timezone.now() + HOUR
    Movement.objects.update(at=ahead)
    data(scan(staff, order, "hand_over", {"quantity": 1}))
    assert Movement.objects.latest("at").at > ahead


def test_the_owner_sees_where_the_units_are_but_not_the_notes(
    staff: User, order: RentalOrder
) -> None:
    data(scan(staff, order, "hand_over", {"quantity": 1, "notes": "Rude."}))
    url = f"/payments/rental-orders/{order.pk}/"
    (seen,) = data(api_client(order.customer).get(url))["movements"]
    assert (seen["kind"], seen["quantity"], seen["is_undone"]) == ("OUT", 1, False)
    assert "notes" not in seen
    (by_staff,) = data(api_client(staff).get(url))["movements"]
    assert by_staff["notes"] == "Rude."


def test_before_the_start_units_are_taken_from_now_on(staff: User, product: Product) -> None:
    early = place_paid(make_user(), (product, 2), when=period(2, timezone.now() + 48 * HOUR))
    data(scan(staff, early, "hand_over", {"quantity": 1}))
    assert [held(early, timezone.now() + n * HOUR) for n in (1, 49)] == [1, 2]
    assert_books(at_rest=False)


@pytest.mark.parametrize("quantity", [1, 2])
def test_units_that_are_promised_until_the_start_are_not_taken_early(
    staff: User, product: Product, quantity: int
) -> None:
    """D2.6: whether all of the line is taken or a part of it, and the order in the way is named."""
    now = timezone.now()
    early = place_paid(make_user(), (product, 2), when=period(2, now + 72 * HOUR))
    other = place_paid(make_user(), (product, 3), when=period(1, now + 24 * HOUR))
    answer = scan(staff, early, "hand_over", {"quantity": quantity})
    refused = refusal(answer, 409, "out_of_stock")
    assert (
        f"3 of 3 units of {product.name} are promised: 3 to {other.order_number}"
        in refused["message"]
    )
    (short,) = refused["errors"]["cart_items"]
    assert (short["product_id"], short["available_quantity"]) == (str(product.pk), 0)
    assert [each["order_number"] for each in short["collisions"]] == [other.order_number]
    early.refresh_from_db()
    assert early.status == "CONFIRMED"
    assert not Movement.objects.exists()
    assert_books(at_rest=False)


def test_a_returned_order_is_not_handed_over_again(staff: User, order: RentalOrder) -> None:
    for step in ("hand_over", "take_back"):
        data(post(staff, order, step))
    refusal(post(staff, order, "hand_over"), 409, "illegal_status")


def test_an_overdue_order_says_so(staff: User, order: RentalOrder) -> None:
    """D1: a flag, never a status."""
    data(post(staff, order, "hand_over"))
    url = f"/payments/rental-orders/{order.pk}/"
    assert data(api_client(staff).get(url))["is_overdue"] is False
    began(order, 72 * HOUR)
    shown = data(api_client(staff).get(url))
    assert (shown["is_overdue"], shown["status"]) == (True, "PICKED_UP")
