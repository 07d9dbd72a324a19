"""What is free for a change, the order's own units included, and who has the rest (D2.6)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.models import Product
from payments.domain.errors import OutOfStock
from payments.domain.period import Period
from payments.services.availability import free_units
from payments.services.change_application import asked_anew, rows_as_they_become
from payments.services.change_plans import Plan
from payments.services.collisions import (
    Collision,
    Missing,
    in_the_way,
    out_of_stock,
    promised,
    promised_from,
)
from payments.services.journal import Actor
from payments.services.needs import Need


@dataclass(frozen=True)
class Room:
    """How many units of a product a change needs, and how many are free for it.

    `collisions` are named for staff alone; `message` says in a sentence what is missing, and to
    customers from when on.
    """

    product: Product
    quantity: int
    available_quantity: int
    collisions: list[Collision]
    message: str

    @property
    def is_available(self) -> bool:
        return self.available_quantity >= self.quantity


def rooms_for(plan: Plan, actor: Actor, now: datetime) -> list[Room]:
    """For each product whose units the order would hold. People look at this; the gate decides."""
    order = plan.order
    quantities = Counter[UUID]()
    for row in rows_as_they_become(order, plan.after, plan.items):
        quantities[row.product_id] += row.quantity
    products = Product.objects.in_bulk(quantities)
    more = asked_anew(order, plan.after, plan.items, now)
    needs = [
        Need(product, quantities[product], Period(held.start, held.end), products[product].units)
        for product in products
        for held in more[product]
    ]
    worst: dict[UUID, tuple[Need, int]] = {}
    for need, free in zip(needs, free_units(needs, besides=order.pk), strict=True):
        if need.product_id not in worst or free < worst[need.product_id][1]:
            worst[need.product_id] = need, free
    return [
        _room(product, *worst[product.pk], order.pk, actor)
        if product.pk in worst
        else Room(product, quantities[product.pk], quantities[product.pk], [], "")
        for product in products.values()
    ]


def _room(product: Product, need: Need, free: int, order_id: UUID, actor: Actor) -> Room:
    if free >= need.quantity:
        return Room(product, need.quantity, free, [], "")
    found = in_the_way(need, besides=order_id)
    if actor.is_shop and found:
        return Room(product, need.quantity, free, found, promised(product, found))
    return Room(product, need.quantity, free, [], promised_from(product, free, found))


def refusal_of(rooms: Iterable[Room]) -> OutOfStock:
    """The refusal that says what is missing, and names whose it is."""
    short = [room for room in rooms if not room.is_available]
    return out_of_stock(
        [Missing(room.product.pk, room.available_quantity, room.collisions) for room in short],
        " ".join(room.message for room in short),
    )
