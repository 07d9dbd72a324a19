"""The gate against a model that counts by hand, over random lives of reservations (I10, I11)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.domain.period import Period
from payments.models import PaymentGateway, ProductDay, Reservation
from payments.services.lifecycle import database_refusals
from payments.tests.factories import START, make_gateway, make_user, period, place

pytestmark = pytest.mark.django_db

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
MIDNIGHT = START.replace(hour=0)


def span(start: timedelta, length: timedelta) -> Period:
    return Period(MIDNIGHT + start, MIDNIGHT + start + length)


@dataclass(frozen=True)
class Held:
    """What the model believes of one reservation."""

    period: Period
    quantity: int
    is_active: bool = True


def brute_peak(rows: list[Held], within: Period) -> int:
    """The most units at one instant of `within`: at its start, or where some row begins."""
    live = [row for row in rows if row.is_active]
    instants = [within.start, *(row.period.start for row in live)]
    return max(
        sum(row.quantity for row in live if row.period.start <= at < row.period.end)
        for at in instants
        if within.start <= at < within.end
    )


def peak(product: Product, within: Period) -> int:
    """What the gate's own function counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payments_peak(%s, %s, %s, NULL)", [product.pk, within.start, within.end]
        )
        held: int = cursor.fetchone()[0]
    return held


class Shelf:
    """A product's reservations, in the database and in a plain list."""

    def __init__(self, units: int) -> None:
        self.product = make_product(units=units + 1)
        order = place(make_user(), (self.product, 1), when=period(1, START + timedelta(days=99)))
        self.first = order.reservations.get()
        self._set_units(units)
        self.rows: dict[Reservation, Held] = {}

    def _set_units(self, units: int) -> None:
        self.units = units
        Product.objects.filter(pk=self.product.pk).update(units=units)
        self.product.units = units

    def do(self, step: "Step") -> None:
        """One step in both worlds; refused in one exactly if refused in the other."""
        row = step.row % len(self.rows) if self.rows else None
        if step.what == "units":
            self._set_units(step.quantity - 1)
        elif step.what == "add" or row is None:
            self._add(Held(step.period, step.quantity))
        else:
            self._change(list(self.rows)[row], step)

    def _add(self, new: Held) -> None:
        reservation = Reservation(
            order=self.first.order,
            item=self.first.item,
            product=self.product,
            quantity=new.quantity,
            starts_at=new.period.start,
            ends_at=new.period.end,
        )
        if self._agree(lambda: reservation.save(force_insert=True), [*self.rows.values()], new):
            self.rows[reservation] = new

    def _change(self, reservation: Reservation, step: "Step") -> None:
        old = self.rows[reservation]
        others = [held for key, held in self.rows.items() if key != reservation]
        rows = Reservation.objects.filter(pk=reservation.pk)
        if step.what == "delete":
            rows.delete()
            del self.rows[reservation]
            return
        new = {
            "switch": replace(old, is_active=not old.is_active),
            "move": replace(old, period=step.period),
            "resize": replace(old, quantity=step.quantity),
        }[step.what]
        asks = new if new.is_active and not _only_shrinks(old, new) else None
        values = {
            "is_active": new.is_active,
            "quantity": new.quantity,
            "starts_at": new.period.start,
            "ends_at": new.period.end,
        }
        if self._agree(lambda: rows.update(**values), others, asks):
            self.rows[reservation] = new

    def _agree(self, write: Callable[[], object], others: list[Held], asks: Held | None) -> bool:
        fits = asks is None or brute_peak([*others, asks], asks.period) <= self.units
        try:
            with transaction.atomic(), database_refusals():
                write()
        except OutOfStock as error:
            assert not fits
            free = error.errors["cart_items"][0]
            assert free["product_id"] == str(self.product.pk)
            return False
        assert fits
        return True

    def check(self) -> None:
        """The counters equal the rows, and any peak equals brute force."""
        used = dict(
            ProductDay.objects.filter(product=self.product, used__gt=0).values_list("day", "used")
        )
        expected: dict[object, int] = {}
        far = Held(Period(self.first.starts_at, self.first.ends_at), 1)
        for held in [far, *self.rows.values()]:
            day = held.period.start.date()
            while held.is_active and day <= (held.period.end - MICROSECOND).date():
                expected[day] = expected.get(day, 0) + held.quantity
                day += timedelta(days=1)
        assert used == expected
        for hours in (1, 7, 30):
            for start in range(0, 96, 13):
                window = span(start * HOUR, hours * HOUR)
                assert peak(self.product, window) == brute_peak([*self.rows.values()], window)


def _only_shrinks(old: Held, new: Held) -> bool:
    return (
        old.is_active
        and new.quantity <= old.quantity
        and old.period.start <= new.period.start
        and new.period.end <= old.period.end
    )


@dataclass(frozen=True)
class Step:
    what: str
    row: int
    quantity: int
    period: Period


# Four days in hours, some a microsecond off, so that touching and just overlapping both come up.
INSTANT = st.builds(
    lambda hours, off: hours * HOUR + off * MICROSECOND, st.integers(0, 72), st.integers(0, 1)
)
LENGTH = st.builds(
    lambda hours, off: hours * HOUR + off * MICROSECOND, st.integers(1, 40), st.integers(0, 1)
)
STEP = st.builds(
    Step,
    st.sampled_from(["add", "add", "add", "switch", "delete", "move", "resize", "units"]),
    st.integers(0, 20),
    st.integers(1, 3),
    st.builds(span, INSTANT, LENGTH),
)


@hypothesis_settings(max_examples=60)
@given(units=st.integers(0, 4), steps=st.lists(STEP, min_size=3, max_size=14))
def test_the_gate_refuses_exactly_what_would_exceed_the_units_at_some_instant(
    units: int, steps: list[Step]
) -> None:
    PaymentGateway.objects.exists() or make_gateway()
    shelf = Shelf(units)
    for step in steps:
        shelf.do(step)
    shelf.check()
