"""A dearer change waits for its payment: paid, not paid, too late, or overtaken (D6.5, D6.6)."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import SupplyChange
from payments.domain import facts
from payments.domain.errors import ChangePending, InProgress, OutOfStock
from payments.domain.facts import PaymentFact
from payments.models import OrderChange, Payment, Refund, RentalOrder, Reservation
from payments.services import changes
from payments.services.changes import withdraw_change
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.services.rental import hand_over, take_back
from payments.services.settlement import absorb
from payments.tests.factories import period, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from payments.tests.services.support import again, confirmed
from payments.tests.services.test_changes import A_DAY_PAID, change, extended, lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(sandbox: Sandbox) -> OrderChange:
    """A day more of a paid order, asked for by its customer."""
    order, _ = confirmed(sandbox)
    made = change(order, extended(order), Actor.of(order.customer))
    assert made.status == "PENDING"
    assert_books(sandbox, at_rest=False)
    return OrderChange.objects.select_related("order", "payment").get()


def page_of(change: OrderChange) -> Payment:
    assert change.payment is not None
    return Payment.objects.get(pk=change.payment.pk)


def additional() -> list[Reservation]:
    return list(Reservation.objects.exclude(change=None))


def test_paid_it_is_carried_out(sandbox: Sandbox, asked: OrderChange) -> None:
    assert [(row.starts_at, row.ends_at) for row in additional()] == [
        (period(2).end, period(3).end)
    ]
    sandbox.pay(page_of(asked).session_id)
    quiet()
    assert again(asked).status == "APPLIED"
    assert again(asked.order).rental_end_date == period(3).end
    assert additional() == []
    assert_books(sandbox)


def test_not_paid_in_time_it_comes_to_nothing(sandbox: Sandbox, asked: OrderChange) -> None:
    Payment.objects.filter(pk=page_of(asked).pk).update(payable_until=timezone.now())
    quiet()
    assert (again(asked).status, page_of(asked).status) == ("EXPIRED", "CANCELLED")
    assert additional() == []
    assert again(asked.order).rental_end_date == period(2).end
    assert_books(sandbox)


@pytest.mark.parametrize("how", ["withdrawn", "cancelled", "returned"])
def test_money_for_a_change_that_has_ended_goes_back(
    sandbox: Sandbox, asked: OrderChange, how: str
) -> None:
    """D6.5: it was paid at the very moment; nothing of it stays."""
    order, session = asked.order, page_of(asked).session_id
    sandbox.pay(session)
    staff = Actor.of(make_user(role=Role.STAFF))
    if how == "withdrawn":
        withdraw_change(order_id=order.pk, actor=Actor.of(order.customer))
    elif how == "cancelled":
        cancel_order(order_id=order.pk, actor=staff, now=timezone.now())
    else:
        hand_over(order_id=order.pk, actor=staff)
        take_back(order_id=order.pk, actor=staff)
    assert (again(asked).status, additional()) == ("CANCELLED", [])
    quiet()
    assert page_of(asked).refunded_minor == A_DAY_PAID
    assert again(order).rental_end_date == period(2).end
    assert_books(sandbox)


def test_handed_over_meanwhile_it_is_still_carried_out(
    sandbox: Sandbox, asked: OrderChange
) -> None:
    hand_over(order_id=asked.order_id, actor=Actor.of(make_user(role=Role.STAFF)))
    sandbox.pay(page_of(asked).session_id)
    quiet()
    assert again(asked).status == "APPLIED"
    row = Reservation.objects.get()
    assert (row.stage, row.due_at, row.ends_at) == ("OUT", period(3).end, period(3).end)
    assert_books(sandbox)


def assert_came_to_nothing(sandbox: Sandbox, change: OrderChange) -> None:
    """The order is what it was, and the money for the change is whole again."""
    before = change.before
    order = again(change.order)
    assert (again(change).status, additional()) == ("EXPIRED", [])
    assert (order.rental_end_date, order.rent_minor) == (period(2).end, before["rent_minor"])
    assert page_of(change).refunded_minor == change.difference_minor
    assert_books(sandbox)


def test_money_for_units_that_broke_meanwhile_goes_back(
    sandbox: Sandbox, asked: OrderChange
) -> None:
    """D6.5: nobody pays for a change that he does not get."""
    tent = asked.order.items.get().product
    SupplyChange.objects.create(
        product=tent, quantity=-5, starts_at=period(2).end, reason=SupplyChange.Reason.LOST
    )
    sandbox.pay(page_of(asked).session_id)
    quiet()
    assert_came_to_nothing(sandbox, asked)


def test_money_for_more_units_of_an_order_that_is_out_meanwhile_goes_back(
    sandbox: Sandbox,
) -> None:
    """D6.5: once the units are out, only the time of their return can change."""
    order, _ = confirmed(sandbox)
    tent = order.items.get().product
    asked = change(order, lines((tent, 2)), Actor.of(order.customer))
    hand_over(order_id=order.pk, actor=Actor.of(make_user(role=Role.STAFF)))
    sandbox.pay(page_of(asked).session_id)
    quiet()
    assert_came_to_nothing(sandbox, asked)


def test_while_its_money_is_in_quarantine_it_waits(asked: OrderChange) -> None:
    """D6.4: a person decides about another amount, and until then the units are kept."""
    payment = page_of(asked)
    absorb(payment, [PaymentFact(facts.SUCCEEDED, amount_minor=A_DAY_PAID + 1, currency="EUR")])
    assert page_of(asked).status == "QUARANTINED"
    assert again(asked).status == "PENDING"
    assert len(additional()) == 1


def test_its_page_has_no_neighbor_that_is_still_closing(
    sandbox: Sandbox, asked: OrderChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D6.6: one page at a time, or a customer could pay for both."""
    order, customer = asked.order, Actor.of(asked.order.customer)
    with monkeypatch.context() as patch:
        patch.setattr(changes, "pursue_payment", lambda _: None)  # it died just then
        withdraw_change(order_id=order.pk, actor=customer)
    with pytest.raises(InProgress):
        change(order, extended(order, 2), customer)
    quiet()
    assert change(order, extended(order, 2), customer).status == "PENDING"
    assert_books(sandbox, at_rest=False)


def test_its_units_are_kept_for_longer_than_it_can_be_paid(
    asked: OrderChange, settings: Any
) -> None:
    """D6.6"""
    until = page_of(asked).payable_until
    assert until is not None
    assert asked.expires_at == until + settings.HOLD_GRACE


def test_what_it_needs_is_kept_from_others_until_then(asked: OrderChange) -> None:
    tent = asked.order.items.get().product
    place_paid(make_user(), (tent, 4), when=period(1, start=period(2).end))
    with pytest.raises(OutOfStock):
        place_paid(make_user(), (tent, 1), when=period(1, start=period(2).end))


def test_another_change_waits_its_turn(asked: OrderChange) -> None:
    order = RentalOrder.objects.get()
    with pytest.raises(ChangePending):
        change(order, extended(order, 2), Actor.of(order.customer))
    same = change(order, extended(order), Actor.of(order.customer))
    assert same == asked
    withdraw_change(order_id=order.pk, actor=Actor.of(order.customer))
    made = change(order, extended(order, 2), Actor.of(order.customer))
    assert made.status == "PENDING"
    assert not Refund.objects.exists()
