"""What staff do about refunds: ask, agree or not, pay out by hand what failed (domain rule D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from common.errors import InvalidInput
from common.money import format_money, to_decimal
from payments.domain.errors import IllegalStep, RefundTooLarge, SecondPersonNeeded
from payments.domain.refunds import (
    Line,
    Parts,
    add,
    deposit_within,
    needs_approval,
    parts_of_units,
    rent_given_back,
)
from payments.domain.states import RefundStatus, check_refund_step
from payments.models import Refund, RentalOrder, RentalOrderItem
from payments.services import idempotency
from payments.services.amounts import amount_minor
from payments.services.disputes import check_undisputed
from payments.services.idempotency import KEY_LIFETIME, Request
from payments.services.journal import Actor, record
from payments.services.ledger import post_paid_by_hand
from payments.services.lifecycle import lock_order
from payments.services.refunds import REFUND_FAILED, Asked, ask_refunds, move_room, queue_refund
from payments.services.settlement import settle


@dataclass(frozen=True)
class Units:
    """So many units of a line, with or without the deposit that was paid for them."""

    item_id: UUID
    quantity: int
    with_deposit: bool = False


@dataclass(frozen=True)
class Wanted:
    """What is to go back: an amount in the order's currency, units of lines, or all the rest."""

    amount: Decimal | None = None
    units: Sequence[Units] = ()


def refund_order(
    *,
    order_id: UUID,
    wanted: Wanted,
    staff: User,
    reason: str = "",
    request: Request | None = None,
) -> list[Refund]:
    """Ask for refunds of an order; one row for each payment that money goes back to.

    The same request with the same key again returns the same rows. Above the shop's limit they wait
    for a second person. Raises RefundTooLarge, PaymentDisputed, KeyReused, and InvalidInput for an
    amount that the currency does not have or a line that the order does not have.
    """
    request_id = request.id_for(staff) if request else None
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(staff, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            made = order.refunds.filter(request_id=request_id)
            return list(made.filter(created_at__gte=Now() - KEY_LIFETIME))
        check_undisputed(order)
        parts = _check_room(order, _parts_of(order, wanted))
        limits = settings.REFUND_APPROVAL_MINOR
        asked = Asked(
            actor=Actor.of(staff),
            reason=reason,
            deposit_minor=parts.deposit,
            lines=[_as_json(units) for units in wanted.units],
            request_id=request_id,
            unapproved=needs_approval(parts.total, order.currency, limits),
        )
        return ask_refunds(order, parts.total, Refund.Source.STAFF, asked)


def _as_json(units: Units) -> dict[str, Any]:
    return {
        "item_id": str(units.item_id),
        "quantity": units.quantity,
        "deposit": units.with_deposit,
    }


def _check_room(order: RentalOrder, parts: Parts) -> Parts:
    room = refundable_minor(order)
    if not 0 < parts.total <= room:
        raise RefundTooLarge(
            f"{format_money(room, order.currency)} can still be refunded of this order.",
            errors={"refundable_amount": str(to_decimal(room, order.currency))},
        )
    return parts


def refundable_minor(order: RentalOrder) -> int:
    """What was received and is not on its way back, in minor units."""
    return sum(payment.refundable_minor for payment in order.payments.all())


def _parts_of(order: RentalOrder, wanted: Wanted) -> Parts:
    if wanted.units:
        return _parts_of_lines(order, wanted.units)
    whole = refundable_minor(order)
    amount = whole if wanted.amount is None else amount_minor(wanted.amount, order.currency)
    before = [r for r in order.refunds.all() if r.state is not RefundStatus.CANCELLED]
    deposits = sum(refund.deposit_minor for refund in before)
    given_back = sum(refund.amount_minor for refund in before)
    received = sum(payment.captured_minor for payment in order.payments.all())
    rent = order.total_minor - rent_given_back(given_back, deposits, received, order.due_minor)
    deposit = deposit_within(amount, max(0, rent), max(0, order.charged_deposit_minor - deposits))
    return Parts(rent=amount - deposit, deposit=deposit)


def _parts_of_lines(order: RentalOrder, wanted: Sequence[Units]) -> Parts:
    items = {item.pk: item for item in order.items.all()}
    lines = [line for refund in order.refunds.all() for line in _lines_of(refund)]
    found = []
    for place, units in enumerate(wanted):
        if units.item_id not in items:
            _refuse_line(place, "This order has no such line.")
        if units.item_id in {earlier.item_id for earlier in wanted[:place]}:
            _refuse_line(place, "The line is named twice.")
        line = _line(items[units.item_id], lines)
        if not line.has(units.quantity, units.with_deposit):
            raise RefundTooLarge("Fewer units of this line are left that could be given back.")
        parts = parts_of_units(line, units.quantity, units.with_deposit, order.currency)
        found.append(parts)
    return add(found)


def _refuse_line(place: int, why: str) -> None:
    errors = {"items": {str(place): {"item_id": [why]}}}
    raise InvalidInput(f"items[{place}].item_id: {why}", errors=errors)


def _lines_of(refund: Refund) -> list[dict[str, Any]]:
    return [] if refund.state is RefundStatus.CANCELLED else refund.lines


def _line(item: RentalOrderItem, lines: list[dict[str, Any]]) -> Line:
    before = [line for line in lines if line["item_id"] == str(item.pk)]
    return Line(
        quantity=item.quantity,
        rent_minor=item.rent_minor,
        tax_minor=item.tax_minor,
        deposit_minor=item.charged_deposit_minor,
        given_back=sum(line["quantity"] for line in before),
        deposits_given_back=sum(line["quantity"] for line in before if line["deposit"]),
    )


def approve_refund(refund_id: UUID, staff: User) -> Refund:
    """A second person agrees, and it is sent.

    Raises IllegalStep, SecondPersonNeeded, PaymentDisputed.
    """
    with transaction.atomic(durable=True):
        refund = _decide(refund_id, staff, RefundStatus.PENDING, "refund.approved")
        check_undisputed(refund.order)
        queue_refund(refund)
    return refund


def reject_refund(refund_id: UUID, staff: User) -> Refund:
    """A second person does not agree: nothing is sent, and the room is free again.

    Raises IllegalStep, SecondPersonNeeded.
    """
    with transaction.atomic(durable=True):
        refund = _decide(refund_id, staff, RefundStatus.CANCELLED, "refund.rejected")
        move_room(refund, RefundStatus.UNAPPROVED)
    return refund


def _decide(refund_id: UUID, staff: User, to: RefundStatus, fact: str) -> Refund:
    order, refund = _lock(refund_id)
    if refund.state is not RefundStatus.UNAPPROVED:  # one that is pending may be cancelled, too
        raise IllegalStep("This refund does not wait for approval.")
    if refund.asked_by_id == staff.pk:
        raise SecondPersonNeeded
    refund.decided_by = staff
    _step(order, refund, to, fact, staff)
    return refund


def pay_by_hand(refund_id: UUID, staff: User, reference: str) -> Refund:
    """The shop has paid a failed refund out itself, by `reference`: it counts as given back.

    The order's flag for failed refunds goes once none is left. Raises IllegalStep, and
    RefundTooLarge where the same money was refunded otherwise meanwhile.
    """
    with transaction.atomic(durable=True):
        order, refund = _lock(refund_id)
        old, refund.reference = refund.state, reference
        check_refund_step(old, RefundStatus.PAID_BY_HAND)
        if refund.amount_minor > refund.payment.refundable_minor:
            raise RefundTooLarge
        _step(order, refund, RefundStatus.PAID_BY_HAND, "refund.paid_by_hand", staff)
        move_room(refund, old)
        post_paid_by_hand(order, refund)
        if order.attention == REFUND_FAILED and not order.refunds.failed().exists():
            order.attention = ""
            order.save(update_fields=["attention", "updated_at"])
        settle(order, Actor.of(staff))
    return refund


def _lock(refund_id: UUID) -> tuple[RentalOrder, Refund]:
    """Its order, locked, and the refund as it is now."""
    order = lock_order(Refund.objects.values_list("order_id", flat=True).get(pk=refund_id))
    return order, Refund.objects.select_related("payment").get(pk=refund_id)


def _step(order: RentalOrder, refund: Refund, to: RefundStatus, fact: str, staff: User) -> None:
    refund.status = to.value
    refund.save(update_fields=["status", "decided_by", "reference", "updated_at"])
    record(
        order,
        fact,
        Actor.of(staff),
        refund=str(refund.pk),
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reference=refund.reference,
    )
