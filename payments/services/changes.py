"""Changing an order: what it would mean, then doing it, and its payment (docs/adr/0011)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common.errors import NotPermitted
from payments.domain.errors import ChangePending, IllegalStep, InProgress, OutOfStock
from payments.domain.states import PAYABLE, ChangeStatus, OrderStatus
from payments.models import OrderChange, Payment, Refund, RentalOrder, RentalOrderItem
from payments.services import idempotency
from payments.services.change_application import apply_change, frozen, hold_additional, thawed
from payments.services.change_plans import Plan, Wanted, plan_change
from payments.services.change_rooms import Room, refusal_of, rooms_for
from payments.services.checkout import open_page
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order
from payments.services.order_rows import shape_of
from payments.services.pages import new_page
from payments.services.pending_changes import end_change
from payments.services.pursuit import (
    ask_to_close_checkouts,
    pursue_late_checkouts,
    pursue_payment,
)
from payments.services.settlement import books_of, settle
from payments.services.unpaid_changes import check_carried_out, check_unpaid, note_asked


@dataclass(frozen=True)
class ChangePreview:
    """What a change would do now. By the time it is asked for, somebody else may have the units."""

    plan: Plan
    rooms: list[Room]

    @property
    def is_available(self) -> bool:
        return all(room.is_available for room in self.rooms)

    @property
    def pay_minor(self) -> int:
        """What would be paid now: for the change, or the whole order if nobody has paid it yet."""
        if self.plan.order.state is OrderStatus.PENDING:
            return self.plan.after.due_minor
        return max(0, self.plan.difference_minor)

    @property
    def refund_minor(self) -> int:
        """What would come back, less what came back before although nothing was owed."""
        return max(0, books_of(self.plan.order).balance - self.plan.after.due_minor)


def preview_change(
    order: RentalOrder, wanted: Wanted, actor: Actor, now: datetime
) -> ChangePreview:
    """What `change_order` would do now; changes nothing. Raises what `plan_change` raises."""
    _check_allowed(wanted, actor, pays_later=False)
    plan = plan_change(order, wanted, actor, now)
    if order.state is OrderStatus.PENDING:
        check_unpaid(order, now)
    return ChangePreview(plan, rooms_for(plan, actor, now))


def change_order(
    *,
    order_id: UUID,
    wanted: Wanted,
    actor: Actor,
    now: datetime,
    pays_later: bool = False,
    reason: str = "",
    request: Request | None = None,
) -> OrderChange:
    """Change an order's dates, products or quantities, at the price of now.

    Cheaper or equal: at once, and the difference goes back. Dearer: the change waits for its
    payment, holds the units that it needs beside, and has an open checkout; staff may apply it at
    once and have it paid later. An order that is not paid yet gets another checkout, once nobody
    can pay on the old one; if the customer was faster, that is an IllegalStep. The same request
    with the same key again, or the same change while it or its page waits, is the same change.

    Raises what `plan_change` raises, OutOfStock with the collisions named, ChangePending,
    NotPermitted, KeyReused, InProgress, GatewayUnavailable: asking again continues the same change.
    """
    _check_allowed(wanted, actor, pays_later=pays_later)
    pursue_late_checkouts(RentalOrder.objects.get(pk=order_id))
    try:
        with transaction.atomic(durable=True):
            change = _change(order_id, wanted, actor, now, pays_later, reason, request)
    except OutOfStock as error:
        raise _named(order_id, wanted, actor, now) or error from None
    if change.is_of_unpaid_order:
        change = _close_checkouts(change)
    if change.page is not None:
        open_page(change.page)
    return change


def _close_checkouts(change: OrderChange) -> OrderChange:
    """Now, and not only when a worker comes to it. Raises what `check_carried_out` raises."""
    if change.state is ChangeStatus.PENDING:
        for payment in Payment.objects.payable().filter(order=change.order_id):
            pursue_payment(payment.pk)
        change = OrderChange.objects.select_related("order", "payment__gateway").get(pk=change.pk)
    check_carried_out(change)
    return change


def _check_allowed(wanted: Wanted, actor: Actor, *, pays_later: bool) -> None:
    if not actor.is_shop and (pays_later or wanted.everything_back or wanted.adjustments):
        raise NotPermitted("Only staff may decide that.")


def _change(
    order_id: UUID,
    wanted: Wanted,
    actor: Actor,
    now: datetime,
    pays_later: bool,
    reason: str,
    request: Request | None,
) -> OrderChange:
    request_id = request.id_for(actor.user) if request and actor.user else None
    is_repeated = not idempotency.is_first(actor.user, request, order_id)
    order = lock_order(order_id)
    made = order.changes.select_related("payment__gateway")
    if is_repeated:
        return made.get(request_id=request_id)
    if unpaid := _asked_before(order, wanted):
        return unpaid
    plan = plan_change(order, wanted, actor, now)
    if pending := made.pending().first():
        return _same(plan, pending)
    change = OrderChange(
        order=order,
        kind=plan.kind.value,
        before={"status": order.status, **frozen(order, plan.old_items)},
        after=frozen(plan.after, plan.items),
        currency=order.currency,
        difference_minor=plan.difference_minor,
        fee_minor=plan.fee_minor,
        reason=reason,
        made_by=actor.user,
        request_id=request_id,
    )
    if order.state is OrderStatus.PENDING:
        _await_closing(order, change, plan, actor, now)
    elif order.state is not OrderStatus.DRAFT and plan.difference_minor > 0 and not pays_later:
        _await_payment(order, change, plan, actor, now)
    else:
        _apply_at_once(order, change, actor)
    return change


def _asked_before(order: RentalOrder, wanted: Wanted) -> OrderChange | None:
    """What made an unpaid order just that, while its page waits: who asks again may have been told
    that the page could not be opened."""
    if order.state is not OrderStatus.PENDING or wanted.adjustments:
        return None
    latest = order.changes.applied().select_related("payment__gateway").last()
    if latest is None or latest.page is None:
        return None
    shape = shape_of(order, list(order.items.all()))
    return latest if wanted.of(shape) == shape else None


def _same(plan: Plan, pending: OrderChange) -> OrderChange:
    """A pending change that is what is wanted now. Raises ChangePending if it is another one."""
    after = thawed(RentalOrder, pending.after)
    shape = shape_of(after, [thawed(RentalOrderItem, values) for values in pending.lines])
    if shape != shape_of(plan.after, plan.items):
        raise ChangePending
    return pending


def _apply_at_once(order: RentalOrder, change: OrderChange, actor: Actor) -> None:
    change.pays_later = change.difference_minor > 0 and order.state is not OrderStatus.DRAFT
    change.status = ChangeStatus.APPLIED.value
    change.save(force_insert=True)
    apply_change(order, change, actor)
    if change.difference_minor < 0:
        ask_to_close_checkouts(order)  # one for a balance would ask for too much
    settle(order, actor, because=Refund.Source.CHANGE)


def _await_closing(
    order: RentalOrder, change: OrderChange, plan: Plan, actor: Actor, now: datetime
) -> None:
    check_unpaid(order, now)
    note_asked(order, change, actor, now)
    ask_to_close_checkouts(order)
    hold_additional(order, change, plan.after, now)


def _await_payment(
    order: RentalOrder, change: OrderChange, plan: Plan, actor: Actor, now: datetime
) -> None:
    pages = order.payments.filter(purpose=Payment.Purpose.EXTENSION, status__in=PAYABLE)
    if pages.exists():
        raise InProgress(retry_after=5)  # of an earlier change, and about to be closed
    change.status = ChangeStatus.PENDING.value
    change.payment = new_page(
        order,
        plan.difference_minor,
        Payment.Purpose.EXTENSION,
        f"Change of order {order.order_number}",
        now,
    )
    change.expires_at = now + settings.CHECKOUT_WINDOW + settings.HOLD_GRACE
    change.save(force_insert=True)
    record(
        order,
        "change.offered" if actor.is_shop else "change.asked",
        actor,
        ref=f"{change.pk}:asked",
        change=str(change.pk),
        amount_minor=change.difference_minor,
        currency=order.currency,
    )
    hold_additional(order, change, plan.after, now)


def _named(order_id: UUID, wanted: Wanted, actor: Actor, now: datetime) -> OutOfStock | None:
    """The refusal with the collisions by name; None if the units have become free meanwhile."""
    order = RentalOrder.objects.get(pk=order_id)
    rooms = rooms_for(plan_change(order, wanted, actor, now), actor, now)
    return refusal_of(rooms) if any(not room.is_available for room in rooms) else None


def withdraw_change(*, order_id: UUID, actor: Actor) -> OrderChange:
    """Give up a change that waits for its payment: its page is closed, its units are free.

    Money that is on its way all the same goes back. Raises IllegalStep if none waits, and
    InProgress while one of an unpaid order is carried out.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        change = order.changes.pending().first()
        if change is None:
            raise IllegalStep("No change of this order waits for its payment.")
        if order.state is OrderStatus.PENDING:
            raise InProgress(retry_after=2)  # it waits for its checkout's end, and for no payment
        end_change(order, change, ChangeStatus.CANCELLED, actor)
    if change.payment_id:
        pursue_payment(change.payment_id)  # now, so that another change can be asked for
    return change
