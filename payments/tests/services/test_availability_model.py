"""What is shown as free, and what the gate lets through, against a calendar that counts by hand.

10,000 requests to random shops: reserved, out, overdue, partly returned units, buffers, dated
changes of supply, and kits (D2.2 to D2.6; I10).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from catalog.models import KitPart, Product, SupplyChange
from catalog.tests.factories import make_product
from payments.domain.errors import OutOfStock
from payments.domain.period import Period
from payments.models import RentalOrder, RentalOrderItem, Reservation
from payments.services.availability import free_units
from payments.services.lifecycle import database_refusals
from payments.services.needs import Need
from payments.tests.factories import START, make_gateway, make_user, period, place

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)

SHOPS, REQUESTS = 20, 25  # in each of 20 runs: 10,000 requests in all


@dataclass(frozen=True)
class Asked:
    """Units that something takes from a product; below zero it brings some. No end: for good."""

    start: datetime
    end: datetime | None
    quantity: int

    def at(self, instant: datetime) -> int:
        begun = self.start <= instant and (self.end is None or instant < self.end)
        return self.quantity if begun else 0


@dataclass
class Shelf:
    """A product and everything that was ever asked of it, in a plain list."""

    product: Product
    asked: list[Asked] = field(default_factory=list)

    def free(self, within: Period) -> int:
        """The least number of free units at an instant of `within`, looked at one by one."""
        edges = [edge for each in self.asked for edge in (each.start, each.end) if edge]
        instants = [within.start, *(e for e in edges if within.start <= e < within.end)]
        asked = max(sum(each.at(instant) for each in self.asked) for instant in instants)
        return max(0, self.product.units - asked)


@dataclass(frozen=True)
class Request:
    """So many units of a product, or of a kit of several products, for a rental."""

    parts: tuple[tuple[Shelf, int], ...]
    quantity: int
    rental: Period

    @property
    def needs(self) -> list[tuple[Shelf, Need]]:
        return [
            (
                shelf,
                Need(
                    shelf.product.pk,
                    self.quantity * n,
                    occupied(shelf.product, self.rental),
                    shelf.product.units,
                ),
            )
            for shelf, n in self.parts
        ]


def occupied(product: Product, rental: Period) -> Period:
    """Buffers once, around the rental (D2.2)."""
    return Period(rental.start - product.prep_time, rental.end + product.turnaround_time)


class Shop:
    """Two products with buffers, a kit of both, and a random past, present and future."""

    def __init__(self, dice: random.Random, item: RentalOrderItem, now: datetime) -> None:
        self.dice, self.item, self.now = dice, item, now
        self.shelves = [self._shelf(), self._shelf()]
        self.kit = tuple((shelf, dice.randint(1, 2)) for shelf in self.shelves)
        for shelf in self.shelves:
            for _ in range(dice.randint(0, 3)):
                self._change_supply(shelf)
            for _ in range(dice.randint(0, 4)):
                self._hold(shelf)

    def _shelf(self) -> Shelf:
        return Shelf(
            make_product(
                units=self.dice.randint(0, 6),
                prep_time=self.dice.choice([0, 1, 3]) * HOUR,
                turnaround_time=self.dice.choice([0, 2, 26]) * HOUR,
            )
        )

    def instant(self) -> datetime:
        """Within some days of now; many coincide, and some are a microsecond off."""
        return self.now + self.dice.randint(-40, 60) * HOUR + self.dice.randint(0, 1) * MICROSECOND

    def period(self) -> Period:
        start = self.instant()
        return Period(start, start + self.dice.randint(1, 50) * HOUR)

    def _change_supply(self, shelf: Shelf) -> None:
        when = self.period()
        change = Asked(when.start, self.dice.choice([None, when.end]), self.dice.choice([-2, 1, 2]))
        SupplyChange.objects.create(
            product=shelf.product,
            quantity=-change.quantity,
            starts_at=change.start,
            ends_at=change.end,
            reason="OTHER",
        )
        shelf.asked.append(change)

    def _hold(self, shelf: Shelf) -> None:
        """Units that are out, perhaps overdue, or back and in their turnaround."""
        rental, quantity = self.period(), self.dice.randint(1, 2)
        stage = self.dice.choice(["OUT", "OUT", "BACK"])
        held = occupied(shelf.product, rental)
        self._reserve(shelf, held, quantity, stage, rental.end if stage == "OUT" else None)
        shelf.asked.append(Asked(held.start, held.end, quantity))
        tomorrow = self.now + DAY
        if stage == "OUT" and rental.end < self.now and held.end < tomorrow:
            shelf.asked.append(Asked(held.end, tomorrow, quantity))

    def _reserve(
        self, shelf: Shelf, held: Period, quantity: int, stage: str, due_at: datetime | None
    ) -> None:
        Reservation.objects.create(
            order=self.item.order,
            item=self.item,
            product=shelf.product,
            quantity=quantity,
            starts_at=held.start,
            ends_at=held.end,
            stage=stage,
            due_at=due_at,
        )

    def requests(self) -> Iterator[Request]:
        for _ in range(REQUESTS):
            parts = self.dice.choice([((shelf, 1),) for shelf in self.shelves] + [self.kit])
            yield Request(parts, self.dice.randint(1, 3), self.period())

    def serve(self, request: Request) -> None:
        """Shown, booked and counted by hand: all three say the same."""
        needs = request.needs
        by_hand = [shelf.free(need.occupied) for shelf, need in needs]
        assert free_units([need for _, need in needs]) == by_hand
        fits = all(need.quantity <= free for (_, need), free in zip(needs, by_hand, strict=True))
        assert self._book(needs) == fits

    def _book(self, needs: list[tuple[Shelf, Need]]) -> bool:
        rows = [
            Reservation(
                order=self.item.order,
                item=self.item,
                product_id=need.product_id,
                quantity=need.quantity,
                starts_at=need.occupied.start,
                ends_at=need.occupied.end,
            )
            for _, need in needs
        ]
        try:
            with transaction.atomic(), database_refusals():
                Reservation.objects.bulk_create(rows)
        except OutOfStock:
            return False
        for shelf, need in needs:
            held = need.occupied
            shelf.asked.append(Asked(held.start, held.end, need.quantity))
        return True


@pytest.fixture
def item() -> RentalOrderItem:
    """Somebody's line, which all reservations belong to: the gate does not ask whose they are."""
    make_gateway()
    order: RentalOrder = place(
        make_user(), (make_product(units=9), 1), when=period(1, START + 99 * DAY)
    )
    return order.items.get()


@pytest.mark.parametrize("seed", range(20))
def test_shown_and_booked_is_what_a_calendar_counts_by_hand(
    seed: int, item: RentalOrderItem
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]  # the same throughout the test's transaction
    dice = random.Random(seed)
    for _ in range(SHOPS):
        shop = Shop(dice, item, now)
        for request in shop.requests():
            shop.serve(request)


def test_a_kit_in_a_cart_takes_its_parts(item: RentalOrderItem) -> None:
    """Summed with what else the cart has of them (D2.7)."""
    tent, chair = make_product(units=2), make_product(units=5)
    kit = make_product(units=0)
    KitPart.objects.create(kit=kit, part=tent, quantity=1)
    KitPart.objects.create(kit=kit, part=chair, quantity=2)
    customer = item.order.customer
    order = place(customer, (kit, 1), (tent, 1))
    held = {row.product_id: row.quantity for row in order.reservations.filter(product=chair)}
    assert held == {chair.pk: 2}
    assert sum(row.quantity for row in order.reservations.filter(product=tent)) == 2
    with pytest.raises(OutOfStock) as refused:
        place(customer, (kit, 1))
    assert refused.value.errors["cart_items"] == [
        {"product_id": str(tent.pk), "available_quantity": 0, "collisions": []}
    ]


def test_what_a_cart_is_short_of_twice_is_named_once(item: RentalOrderItem) -> None:
    """By a kit and on a line of its own."""
    tent, kit = make_product(units=1), make_product(units=0)
    KitPart.objects.create(kit=kit, part=tent, quantity=1)
    with pytest.raises(OutOfStock) as refused:
        place(item.order.customer, (kit, 1), (tent, 1))
    assert refused.value.errors["cart_items"] == [
        {"product_id": str(tent.pk), "available_quantity": 1, "collisions": []}
    ]
