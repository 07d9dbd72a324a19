"""Many who change at once: one consistent order, and the last unit goes to one (C09, D2.7)."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from common.errors import RentwellError
from payments.domain import facts
from payments.domain.changes import ChangeKind
from payments.domain.errors import GatewayUnavailable
from payments.domain.facts import PaymentFact
from payments.models import OrderChange, Payment, RentalOrder, Reservation
from payments.services import changes
from payments.services.change_plans import Wanted, plan_change
from payments.services.changes import change_order
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.services.settlement import absorb
from payments.tests.factories import make_gateway, period, place, place_paid
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import Meeting, in_processes
from payments.tests.races.unguarded import gate_without_its_lock

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def outcome(order_id: UUID, wanted: Wanted, actor: Actor) -> str:
    try:
        change_order(
            order_id=order_id, wanted=wanted, actor=actor, now=timezone.now(), pays_later=True
        )
    except RentwellError as refused:
        return refused.code
    return "changed"


def two_staff_change(order: RentalOrder) -> list[str]:
    """One makes it longer by up to four days, the other gives it more units; in two processes."""
    staff = [Actor.of(make_user(role=Role.STAFF)) for _ in range(2)]
    product = order.items.get().product_id

    def work(number: int) -> str:
        if number % 2:
            wanted = Wanted(ChangeKind.CHANGE, lines=[CartLine(product, 2 + number // 2)])
        else:
            end = order.rental_end_date + (1 + number // 2) * DAY
            wanted = Wanted(ChangeKind.CHANGE, end=end)
        return outcome(order.pk, wanted, staff[number % 2])

    return in_processes(2, 4, work)


def sums_of(order: RentalOrder) -> tuple[Any, ...]:
    items = order.items.all()
    return (sum(item.rent_minor for item in items), sum(item.tax_minor for item in items))


@pytest.fixture
def order(transactional_db: None) -> RentalOrder:
    make_gateway()
    return place_paid(make_user(), (make_product(units=9), 1))


def test_two_staff_at_once_end_in_one_consistent_order(order: RentalOrder) -> None:
    """C09: each change stands on the one before, and the books are those of the order."""
    heard = two_staff_change(order)
    assert heard.count("changed") == 8
    order.refresh_from_db()
    assert sums_of(order) == (order.rent_minor, order.tax_minor)
    made = list(OrderChange.objects.order_by("created_at"))
    assert order.balance_due_minor == max(0, sum(each.difference_minor for each in made))
    assert_books(at_rest=False)


def test_without_the_lock_they_do_not(order: RentalOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: each computes his change from the same order."""
    plan, looked = plan_change, Meeting(8)

    def plan_and_wait(*args: Any) -> Any:
        made = plan(*args)
        looked.wait()
        return made

    monkeypatch.setattr(changes, "lock_order", lambda pk: RentalOrder.objects.get(pk=pk))
    monkeypatch.setattr(changes, "plan_change", plan_and_wait)
    two_staff_change(order)
    with pytest.raises(AssertionError):
        assert_books(at_rest=False)


def test_the_last_unit_goes_to_one_of_two_who_extend_into_it() -> None:
    """D2.7: both are out at the same time of the same product, and one more unit is free after."""
    make_gateway()
    tent = make_product(units=2)
    orders = [place_paid(make_user(), (tent, 1)) for _ in range(2)]
    place_paid(make_user(), (tent, 1), when=period(2, start=period().end))
    staff = Actor.of(make_user(role=Role.STAFF))
    longer = Wanted(ChangeKind.EXTEND, end=period(3).end)
    work = partial(_extend, [order.pk for order in orders], longer, staff)
    assert sorted(in_processes(2, 1, work)) == ["changed", "out_of_stock"]
    assert OrderChange.objects.count() == 1
    assert_books(at_rest=False)


def _extend(orders: list[UUID], wanted: Wanted, staff: Actor, number: int) -> str:
    return outcome(orders[number], wanted, staff)


def test_late_money_for_a_change_and_another_customer_never_have_the_same_unit() -> None:
    """D6.5, D2.7: one of the two is served; the other's money goes back, or is not asked for."""
    make_gateway()
    for _ in range(5):
        tent = make_product(units=1)
        order = _late_for_his_change(tent)
        work = partial(_late_or_another, order, tent, make_user())
        assert sorted(in_processes(2, 1, work)) in (["late", "out_of_stock"], ["late", "placed"])
        change = order.changes.get()
        taken = Reservation.objects.filter(product=tent).exclude(order=order).exists()
        assert (change.status, order.refunds.exists()) == (
            ("EXPIRED", True) if taken else ("APPLIED", False)
        )
        assert_books(at_rest=False)


def test_they_would_have_it_both_where_the_gate_takes_no_lock() -> None:
    """The twin of the test above."""
    make_gateway()
    tent = make_product(units=1)
    order = _late_for_his_change(tent)
    with gate_without_its_lock():
        work = partial(_late_or_another, order, tent, make_user())
        assert sorted(in_processes(2, 1, work)) == ["late", "placed"]
    assert order.changes.get().status == "APPLIED"
    assert any(name.startswith("I10") for name in broken())


def _late_for_his_change(tent: Product) -> RentalOrder:
    """An order of its only unit, whose extension was not paid in time."""
    alice = make_user()
    order = place_paid(alice, (tent, 1))
    longer = Wanted(ChangeKind.EXTEND, end=period(3).end)
    with suppress(GatewayUnavailable):  # it has no page; its payment is what counts
        change_order(order_id=order.pk, wanted=longer, actor=Actor.of(alice), now=timezone.now())
    absorb(_page(order), [PaymentFact(facts.CANCELLED)])
    return order


def _page(order: RentalOrder) -> Payment:
    return order.payments.get(purpose="EXTENSION")


def _late_or_another(order: RentalOrder, tent: Product, bob: User, number: int) -> str:
    if number == 0:
        payment = _page(order)
        found = PaymentFact(
            facts.SUCCEEDED,
            intent_id=f"pi_{order.pk}",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
        )
        absorb(payment, [found])
        return "late"
    try:
        place(bob, (tent, 1), when=period(1, start=period(2).end))
    except RentwellError as refused:
        return refused.code
    return "placed"
