"""An order's status moves in one way only (D1, D12, I21, I22)."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.domain.errors import IllegalStep
from payments.domain.states import HOLDING, ORDER_STEPS, OrderStatus
from payments.models import OrderEvent, RentalOrder, Reservation
from payments.services import orders
from payments.services.journal import SYSTEM, Actor
from payments.services.lifecycle import lock_order, transition
from payments.tests.factories import make_gateway, make_user, place
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import together
from payments.tests.races.quiet import rolled_back

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)

PAIRS = [(old, new) for old in OrderStatus for new in OrderStatus]


def order_in(status: OrderStatus) -> RentalOrder:
    """An order that somehow got there, holding units as that status does."""
    make_gateway()
    order = place(make_user(), (make_product(), 2))
    RentalOrder.objects.filter(pk=order.pk).update(status=status)
    Reservation.objects.filter(order=order).update(is_active=status in HOLDING)
    order.refresh_from_db()
    return order


@pytest.mark.parametrize("old", OrderStatus)
def test_only_the_steps_of_the_table_are_taken(old: OrderStatus) -> None:
    order = order_in(old)
    before = OrderEvent.objects.count()
    for new in OrderStatus:
        if new in ORDER_STEPS[old]:
            continue
        with pytest.raises(IllegalStep), transaction.atomic():
            transition(lock_order(order.pk), new, actor=SYSTEM)
    order.refresh_from_db()
    assert order.state is old
    assert OrderEvent.objects.count() == before
    held = Reservation.objects.get(order=order)
    assert held.is_active is (old in HOLDING)


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old, new in PAIRS if new in ORDER_STEPS[old]]
)
def test_each_step_holds_or_frees_the_units_and_writes_its_history(
    old: OrderStatus, new: OrderStatus
) -> None:
    order = order_in(old)
    with transaction.atomic():
        transition(lock_order(order.pk), new, actor=SYSTEM)
    order.refresh_from_db()
    assert order.state is new
    assert Reservation.objects.get(order=order).is_active is (new in HOLDING)
    step = OrderEvent.objects.filter(order=order).latest("id")
    assert (step.from_status, step.to_status, step.actor) == (old, new, "system")
    assert (order.hold_expires_at is None) is (new is not OrderStatus.PENDING)


@committed
def test_an_order_that_many_cancel_at_once_is_cancelled_once() -> None:
    """D12."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    actor = Actor.of(order.customer)

    def cancel() -> str:
        try:
            orders.cancel_order(order_id=order.pk, actor=actor, now=timezone.now())
        except IllegalStep:
            return "too late"
        return "cancelled"

    heard = together([cancel] * 8)
    assert sorted(map(str, heard)) == ["cancelled", *["too late"] * 7]
    assert OrderEvent.objects.filter(order=order, fact="order.cancelled").count() == 1
    assert_books(at_rest=False)


def test_the_database_refuses_to_change_or_delete_history() -> None:
    """R14."""
    make_gateway()
    place(make_user(), (make_product(), 1))
    for statement in (
        "UPDATE payments_orderevent SET fact = 'order.confirmed'",
        "DELETE FROM payments_orderevent",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_every_step_outdates_what_is_cached_for_the_customer() -> None:
    """R18: in the writer's own transaction."""
    make_gateway()
    customer = make_user()
    order = place(customer, (make_product(), 1))
    customer.refresh_from_db()
    before = customer.cache_version
    rolled_back(lambda: transition(lock_order(order.pk), OrderStatus.CANCELLED, actor=SYSTEM))
    customer.refresh_from_db()
    assert customer.cache_version == before
    with transaction.atomic():
        transition(lock_order(order.pk), OrderStatus.CANCELLED, actor=SYSTEM)
    customer.refresh_from_db()
    assert customer.cache_version > before
