"""The one way in which an order's status moves (architecture, idea 2; rule R5)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, transaction

from common.errors import RentwellError
from payments.domain.errors import CouponUsedBefore, CouponUsedUp, OutOfStock, TooManyPending
from payments.domain.states import HOLDING, OrderStatus, check_order_step
from payments.models import CouponRedemption, RentalOrder, Reservation
from payments.services.collisions import Missing, out_of_stock
from payments.services.journal import Actor, record
from payments.services.ledger import post_step
from payments.services.pending_changes import end_pending_change

# SQLSTATEs of our own, raised by the trigger on reservations, by the function that places orders
# (migrations/0017_supply_in_the_gate.py), and by the trigger on coupons (0021_coupons.py).
NOT_ENOUGH_UNITS = "RW001"
REFUSALS: Final[dict[str | None, type[RentwellError]]] = {
    "RW002": TooManyPending,
    "RW003": CouponUsedUp,
    "RW004": CouponUsedBefore,
}


# Statuses of an order that has not been paid.
UNPAID: Final = frozenset({OrderStatus.PENDING, OrderStatus.EXPIRED})


def lock_order(order_id: UUID) -> RentalOrder:
    """The order, locked until the transaction ends; first in the lock order after the key."""
    return RentalOrder.objects.select_for_update(no_key=True).get(pk=order_id)


def transition(
    order: RentalOrder, to: OrderStatus, *, actor: Actor, fact: str = "", **data: Any
) -> None:
    """Move a locked order to `to`: write books and history, hold or free its units.

    The history calls it `order.` and the new status, unless `fact` is another name for it.

    Raises IllegalStep, and OutOfStock where units would have to be taken again and are not free.
    """
    old = order.state
    check_order_step(old, to)
    order.status = to.value
    if to is not OrderStatus.PENDING:
        order.hold_expires_at = None
    order.save()
    post_step(order, old, to)
    record(
        order,
        fact or f"order.{to.value.lower()}",
        actor,
        from_status=old.value,
        to_status=to.value,
        **data,
    )
    if old in HOLDING and to not in HOLDING and to is not OrderStatus.EXPIRED:
        end_pending_change(order, actor)  # an order expires only after its checkout was closed
    if (old in HOLDING) != (to in HOLDING):
        with database_refusals():
            # What is back runs through its turnaround, whatever becomes of the order.
            rows = Reservation.objects.filter(order=order).exclude(stage=Reservation.Stage.BACK)
            rows.update(is_active=to in HOLDING)
            _move_coupon(order, old, to)


def _move_coupon(order: RentalOrder, old: OrderStatus, to: OrderStatus) -> None:
    """An order that ends unpaid gives its coupon back; late money needs it again."""
    if old in UNPAID:
        CouponRedemption.objects.filter(order=order).update(is_active=to in HOLDING)


def clear_attention(order_id: UUID, actor: Actor) -> None:
    """A person has looked at what the order was flagged for; the history keeps why."""
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        why, order.attention = order.attention, ""
        order.save(update_fields=["attention", "updated_at"])
        record(order, "order.looked_at", actor, why=why)


@contextmanager
def database_refusals() -> Iterator[None]:
    """Turn what the database refuses by rule into our own errors: OutOfStock, with what is still
    free, and those of REFUSALS."""
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        sqlstate = getattr(cause, "sqlstate", None)
        if sqlstate in REFUSALS:
            raise REFUSALS[sqlstate] from None
        if sqlstate != NOT_ENOUGH_UNITS:
            raise
        raise _out_of_stock(cause.diag.message_detail) from None  # type: ignore[union-attr]


def _out_of_stock(detail: str) -> OutOfStock:
    """What the gate says is free of each product: a kit and a line may be short of the same."""
    free: dict[str, int] = {}
    for row in json.loads(detail):
        product, units = row["product_id"], row["available_quantity"]
        free[product] = min(units, free.get(product, units))
    return out_of_stock(Missing(UUID(product), units) for product, units in free.items())
