"""Staff scan the same order, or the same unit, at once (C09, I11)."""

from collections import Counter
from datetime import datetime
from functools import partial

import pytest

from accounts.models import Role, User
from catalog.models import Unit
from catalog.tests.factories import make_product
from common.errors import RentwellError
from payments.domain.errors import IllegalStep
from payments.models import Movement, RentalOrder, UnitBinding
from payments.services import movements, rental, undo
from payments.services.journal import Actor
from payments.services.movements import Lines, Scan
from payments.services.rental import hand_over, take_back
from payments.services.undo import undo_movement
from payments.tests.factories import make_gateway, make_user, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import Meeting, in_processes

pytestmark = pytest.mark.django_db(transaction=True)


def scan_one(order: RentalOrder, staff: list[User], n: int) -> str:
    """What the n-th of the staff hears: odd ones hand one unit over, even ones take one back."""
    step = hand_over if n % 2 else take_back
    item = order.items.get()
    try:
        step(order_id=order.pk, actor=Actor.of(staff[n]), scans=[Scan(item.pk, 1)])
    except RentwellError as error:
        return error.code
    return step.__name__


def rush() -> tuple[RentalOrder, Counter[str]]:
    """One of four units is out. Eight of the staff scan, from four processes."""
    make_gateway()
    staff = [make_user(role=Role.STAFF) for _ in range(8)]
    order = place_paid(make_user(), (make_product(units=4), 4))
    hand_over(order_id=order.pk, actor=Actor.of(staff[0]), scans=[Scan(order.items.get().pk, 1)])
    return order, Counter(in_processes(4, 2, partial(scan_one, order, staff)))


def test_all_scans_of_an_order_end_in_one_consistent_order() -> None:
    order, heard = rush()
    assert set(heard) <= {"hand_over", "take_back", "illegal_status", "unavailable"}, heard
    order.refresh_from_db()
    found = Lines.of(order).total
    assert found.out + found.back == 1 + heard["hand_over"] <= 4
    assert found.back == heard["take_back"]
    assert order.status == ("RETURNED" if found.is_over else "PICKED_UP")
    assert_books(at_rest=False)


def take_one_back(order: RentalOrder, staff: User, n: int) -> str:
    scans = [Scan(order.items.get().pk, 1)]
    return take_back(order_id=order.pk, actor=Actor.of(staff), scans=scans).status


def last_two_come_back(monkeypatch: pytest.MonkeyPatch, looked: Meeting) -> RentalOrder:
    """Two of the staff take the last two units back at once."""
    look = movements.next_instant

    def look_and_wait(order: RentalOrder) -> datetime:
        looked.wait()
        return look(order)

    make_gateway()
    staff = make_user(role=Role.STAFF)
    order = place_paid(make_user(), (make_product(), 2))
    hand_over(order_id=order.pk, actor=Actor.of(staff))
    monkeypatch.setattr(rental, "next_instant", look_and_wait)
    assert len(in_processes(2, 1, partial(take_one_back, order, staff))) == 2
    order.refresh_from_db()
    assert Lines.of(order).total.is_over
    return order


def test_whoever_brings_the_last_unit_ends_the_rental(monkeypatch: pytest.MonkeyPatch) -> None:
    assert last_two_come_back(monkeypatch, Meeting(2, patience=0.5)).status == "RETURNED"
    assert_books(at_rest=False)


def test_the_same_race_ends_nothing_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: each sees the other's unit still out."""
    monkeypatch.setattr(rental, "lock_order", lambda pk: RentalOrder.objects.get(pk=pk))
    assert last_two_come_back(monkeypatch, Meeting(2)).status == "PICKED_UP"


def undo_it(movement: Movement, staff: list[User], n: int) -> str:
    try:
        undo_movement(movement_id=movement.pk, actor=Actor.of(staff[n]), reason="The wrong one.")
    except IllegalStep:
        return "undone already"
    return "undone"


def two_undo_a_pickup(monkeypatch: pytest.MonkeyPatch, looked: Meeting) -> list[str]:
    """What two of the staff hear who undo it at once."""
    look = movements.next_instant

    def look_and_wait(order: RentalOrder) -> datetime:
        looked.wait()
        return look(order)

    make_gateway()
    staff = [make_user(role=Role.STAFF) for _ in range(2)]
    order = place_paid(make_user(), (make_product(), 2))
    for _ in staff:
        scans = [Scan(order.items.get().pk, 1)]
        hand_over(order_id=order.pk, actor=Actor.of(staff[0]), scans=scans)
    monkeypatch.setattr(undo, "next_instant", look_and_wait)
    return sorted(in_processes(2, 1, partial(undo_it, order.movements.latest("at"), staff)))


def test_a_scan_is_undone_by_one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = two_undo_a_pickup(monkeypatch, Meeting(2, patience=0.5))
    assert heard == ["undone", "undone already"]
    assert_books(at_rest=False)


def test_without_the_lock_both_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: the reason of the first is lost."""
    monkeypatch.setattr(undo, "lock_order", lambda pk: RentalOrder.objects.get(pk=pk))
    assert two_undo_a_pickup(monkeypatch, Meeting(2)) == ["undone", "undone"]


def take_the_unit(orders: list[RentalOrder], staff: User, n: int) -> str:
    scan = Scan(orders[n].items.get().pk, serial_numbers=["T-1"])
    try:
        hand_over(order_id=orders[n].pk, actor=Actor.of(staff), scans=[scan])
    except RentwellError as error:
        return error.code
    return "out"


def test_one_unit_goes_out_with_one_of_several_orders() -> None:
    """D2.9"""
    make_gateway()
    product = make_product(tracks_units=True)
    Unit.objects.bulk_create(Unit(product=product, serial=f"T-{n}") for n in range(4))
    orders = [place_paid(make_user(), (product, 1)) for _ in range(4)]
    staff = make_user(role=Role.STAFF)
    heard = Counter(in_processes(4, 1, partial(take_the_unit, orders, staff)))
    assert heard["out"] == 1, heard
    assert set(heard) <= {"out", "unit_not_available", "unavailable"}, heard
    assert UnitBinding.objects.count() == Movement.objects.count() == 1
    assert_books(at_rest=False)
