"""Units with serial numbers in random lives: counted when booked, bound at pickup (D2.9).

Customers book, cancel, come in their time, swap and bring back; units break from now on, where that
leaves nobody short. Whatever happened before, who comes in his time finds as many units here as he
was promised. The clerk of the twin writes a unit on each order when it is booked, and soon has none
for somebody whom the gate has rightly promised one.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Role
from catalog.models import Unit
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.models import RentalOrder, UnitBinding
from payments.services.collisions import shortages
from payments.services.journal import Actor
from payments.services.orders import cancel_order
from payments.services.rental import hand_over, take_back
from payments.services.serial_units import swap_unit
from payments.services.unit_service import return_to_service, take_out_of_service
from payments.tests.factories import make_gateway, make_user, period, place_paid
from payments.tests.machine.clock import Clock, one_clock
from payments.tests.races.books import assert_books
from payments.tests.sandbox import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HOUR = timedelta(hours=1)
SERIALS = ("T-1", "T-2", "T-3")


class NoSandbox:
    """The clock moves it along; these lives have none."""

    def advance(self, seconds: int) -> None:
        pass


@pytest.fixture
def clock() -> Iterator[Clock]:
    with one_clock(cast(Sandbox, NoSandbox())) as clock:
        hour = timezone.now().replace(minute=5, second=0, microsecond=0)
        clock.advance_to(hour + HOUR)  # so that no hour ends before anything has happened
        make_gateway()
        yield clock


class Depot:
    """Three units of a new product, and the orders for them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.product = make_product(tracks_units=True)
        Unit.objects.bulk_create(Unit(product=self.product, serial=serial) for serial in SERIALS)
        self.customer, self.staff = make_user(), Actor.of(make_user(role=Role.STAFF))
        self.begin = timezone.now().replace(minute=0, second=0, microsecond=0) + HOUR
        self.orders: list[RentalOrder] = []

    def book(self, hours: int, length: int, quantity: int = 1) -> RentalOrder | None:
        """From the next full hour and so many on. None where the gate refuses."""
        first = max(self.begin, timezone.now().replace(minute=0, second=0, microsecond=0) + HOUR)
        when = period(length / 24, first + hours * HOUR)
        try:
            order = place_paid(self.customer, (self.product, quantity), when=when)
        except OutOfStock:
            return None
        self.orders.append(order)
        return order

    def cancel(self, order: RentalOrder) -> None:
        if self.status(order) == "CONFIRMED":
            cancel_order(order_id=order.pk, actor=self.staff, now=timezone.now())

    def bring_back_early(self, order: RentalOrder) -> None:
        if self.status(order) == "PICKED_UP":
            take_back(order_id=order.pk, actor=self.staff)

    def swap(self, order: RentalOrder) -> None:
        """For the last unit that is here, if one is."""
        out = UnitBinding.objects.filter(item__order=order, released_at=None).first()
        here = self.here().last()
        if out and here:
            swap_unit(
                order_id=order.pk,
                item_id=out.item_id,
                old=out.unit.serial,
                new=here.serial,
                reason="A hole.",
                actor=self.staff,
            )

    def here(self) -> Any:
        bound = UnitBinding.objects.filter(released_at=None).values("unit")
        units = Unit.objects.with_status().filter(product=self.product, retired_at=None)
        here = [u.pk for u in units.exclude(pk__in=bound) if u.status == Unit.Status.IN_SERVICE]
        return Unit.objects.filter(pk__in=here)

    def break_one(self, hours: int) -> None:
        """The first unit that is here, for so many hours, or for good; unless somebody is short."""
        if unit := self.here().first():
            until = timezone.now() + hours * HOUR if hours else None
            take_out_of_service(unit_id=unit.pk, until=until)
            if any(short.product_id == self.product.pk for short in shortages()):
                return_to_service(unit_id=unit.pk)

    def pass_time(self, hours: int) -> None:
        """Hour by hour; everybody comes in his time, and who brings back before who takes."""
        for _ in range(hours):
            self.clock.advance(HOUR)
            now = timezone.now()
            for order in self.orders:
                if order.rental_end_date <= now and self.status(order) == "PICKED_UP":
                    take_back(order_id=order.pk, actor=self.staff)
            for order in self.orders:
                if order.rental_start_date <= now and self.status(order) == "CONFIRMED":
                    hand_over(order_id=order.pk, actor=self.staff)
                    assert self.is_bound(order)

    def is_bound(self, order: RentalOrder) -> bool:
        bound = UnitBinding.objects.filter(item__order=order, released_at=None)
        return bound.count() == order.items.get().quantity

    def status(self, order: RentalOrder) -> str:
        order.refresh_from_db()
        return order.status


Step = Callable[[Depot], object]


def of_one(what: Callable[[Depot, RentalOrder], object]) -> st.SearchStrategy[Step]:
    """Done to one of the orders, if there are any."""

    def step(which: int) -> Step:
        return lambda depot: depot.orders and what(depot, depot.orders[which % len(depot.orders)])

    return st.integers(0, 20).map(step)


def booking(hours: int, length: int, quantity: int) -> Step:
    return lambda depot: depot.book(hours, length, quantity)


BOOKINGS = st.builds(booking, st.integers(0, 8), st.integers(1, 6), st.integers(1, 2))
STEPS = st.one_of(
    BOOKINGS,
    BOOKINGS,
    BOOKINGS,
    of_one(Depot.cancel),
    of_one(Depot.bring_back_early),
    of_one(Depot.swap),
    st.integers(0, 6).map(lambda hours: lambda depot: depot.break_one(hours)),
    st.integers(1, 5).map(lambda hours: lambda depot: depot.pass_time(hours)),
)


def test_every_accepted_order_finds_its_units_at_pickup(clock: Clock) -> None:
    booked = 0

    @hypothesis_settings(max_examples=15, derandomize=True)
    @given(st.lists(STEPS, min_size=10, max_size=15))
    def live(steps: list[Step]) -> None:
        nonlocal booked
        depot = Depot(clock)
        for step in steps:
            step(depot)
        depot.pass_time(16)
        assert {depot.status(order) for order in depot.orders} <= {"RETURNED", "CANCELLED"}
        booked += len(depot.orders)

    live()
    assert booked > 20
    assert_books(at_rest=False)


class Clerk:
    """Writes a unit on each order when it is booked: the first that is free then."""

    def __init__(self) -> None:
        self.plan: dict[str, list[RentalOrder]] = {serial: [] for serial in SERIALS}

    def pin(self, order: RentalOrder) -> str | None:
        for serial, planned in self.plan.items():
            if not any(_meet(order, other) for other in planned):
                planned.append(order)
                return serial
        return None

    def forget(self, order: RentalOrder) -> None:
        for planned in self.plan.values():
            if order in planned:
                planned.remove(order)


def _meet(one: RentalOrder, other: RentalOrder) -> bool:
    starts: list[datetime] = [one.rental_start_date, other.rental_start_date]
    ends: list[datetime] = [one.rental_end_date, other.rental_end_date]
    return max(starts) < min(ends)


def test_units_that_are_chosen_when_booked_are_missing_for_what_fits(clock: Clock) -> None:
    """The twin: the same gate accepts all of it, and bound at pickup all of it is served."""
    depot, clerk = Depot(clock), Clerk()
    early = [depot.book(1, 1) for _ in SERIALS]
    late = [depot.book(3, 1) for _ in SERIALS]
    orders = [order for order in (*early, *late) if order]
    assert [clerk.pin(order) for order in orders] == [*SERIALS, *SERIALS]
    for order in (orders[0], orders[1], orders[5]):
        depot.cancel(order)
        clerk.forget(order)
    long = depot.book(1, 3)
    assert long is not None, "one is free at any time"
    assert clerk.pin(long) is None, "and no single one of the clerk's all the time"
    depot.pass_time(6)
    assert depot.status(long) == "RETURNED"
