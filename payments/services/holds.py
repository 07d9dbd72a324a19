"""Deposits held on a card: what is to be asked of the bank (domain rule D4).

Nothing here calls a gateway: rows are written, mostly in the caller's transaction, and workers send
them (`hold_placement`, `hold_closing`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from common.deposits import DepositStrategy
from payments.domain.errors import DepositNotSecured, NoDepositToHold
from payments.domain.holds import (
    ASKED,
    DepositStatus,
    Hold,
    Rental,
    plan_holds,
    status_of_holds,
)
from payments.domain.states import PaymentStatus
from payments.models import HoldClosing, Payment, PaymentGateway, RentalOrder
from payments.services.gateways import gateway_in_use
from payments.services.jobs import enqueue
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order

LEFT_LYING = timedelta(minutes=1)  # after that a row comes back, should its job be lost


def settle_holds(order: RentalOrder) -> None:
    """Do what the holds of a locked order call for: let go of some, place one.

    Called whenever something is known anew of the order or its money, and from time to time.
    """
    if order.secured_by is not DepositStrategy.HOLD or not order.deposit_minor:
        return
    payments = holds_of(order)
    plan = plan_holds(
        _rental(order),
        [_hold(payment) for payment in payments],
        timezone.now(),
        lead=settings.DEPOSIT_HOLD_LEAD,
        inspection=settings.INSPECTION_WINDOW,
    )
    _release(payment for payment in payments if payment.pk in plan.release)
    if plan.place:
        _ask_of_card(order, Payment.Kind.DEPOSIT, order.deposit_minor)


def held_minor(order: RentalOrder) -> int:
    """What could be captured of a locked order's hold now, in minor units."""
    standing = (payment for payment in holds_of(order) if _hold(payment).stands)
    return max((payment.amount_minor for payment in standing), default=0)


_UNSECURED = (DepositStatus.PLANNED, DepositStatus.ACTION_REQUIRED)


def secure_deposit(order_id: UUID) -> None:
    """See what an order's deposit calls for now, such as a hold because its pickup is near."""
    with transaction.atomic(durable=True):
        settle_holds(lock_order(order_id))


def hold_again(order_id: UUID, actor: Actor) -> None:
    """Have the deposit held on the saved card now: once more, such as after a call with the
    customer, or because he comes early.

    Raises NoDepositToHold where it is held or not wanted, and while the customer is at it.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        is_free = not order.payments.filter(kind=Payment.Kind.DEPOSIT, status__in=ASKED).exists()
        is_wanted = _rental(order).needs_deposit and deposit_status(order) in _UNSECURED
        if not is_free or not is_wanted:
            raise NoDepositToHold
        record(order, "deposit.asked_again", actor)
        _ask_of_card(order, Payment.Kind.DEPOSIT, order.deposit_minor)


def capture_hold(order: RentalOrder, amount_minor: int) -> int:
    """Have `amount_minor` taken of what is held for a locked order, and the rest let go.

    Returns how much that will be: no more than is held, and 0 if nothing is.
    """
    payments = holds_of(order)
    standing = [payment for payment in payments if _hold(payment).stands]
    best = max(standing, key=lambda row: row.capture_before or row.created_at, default=None)
    amount = min(amount_minor, best.amount_minor) if best else 0
    if best and amount:
        _close(best, HoldClosing.Kind.CAPTURE, amount)
        payments.remove(best)
    _release(payments)
    return amount


def release_hold(order: RentalOrder) -> None:
    """Have everything let go of that is held for a locked order, or about to be."""
    _release(holds_of(order))


def charge_card_on_file(order: RentalOrder, amount_minor: int) -> None:
    """Have the saved card of a locked order's customer charged, for what the shop claims."""
    _ask_of_card(order, Payment.Kind.FEE, amount_minor)


def deposit_status(order: RentalOrder) -> DepositStatus | None:
    """Where an order's deposit stands; None if it has none, or paid it with the rent."""
    if not order.deposit_minor or not order.secured_by.needs_card:
        return None
    is_held = order.secured_by is DepositStrategy.HOLD
    return _status_by(order, holds_of(order) if is_held else order.payments.all())


def deposit_statuses(orders: Sequence[RentalOrder]) -> dict[UUID, DepositStatus | None]:
    """The same for many orders, in one query; select `deposit_settlement` with them."""
    of_order = defaultdict(list)
    kinds = (Payment.Kind.DEPOSIT, Payment.Kind.FEE)
    payments = Payment.objects.filter(order__in=[order.pk for order in orders], kind__in=kinds)
    for payment in payments.select_related("closing"):
        of_order[payment.order_id].append(payment)
    return {order.pk: _status_by(order, of_order[order.pk]) for order in orders}


def _status_by(order: RentalOrder, payments: Iterable[Payment]) -> DepositStatus | None:
    if not order.deposit_minor or not order.secured_by.needs_card:
        return None
    if order.secured_by is DepositStrategy.CARD_ON_FILE:
        return _status_of_card(payments)
    return status_of_holds(
        _rental(order),
        [_hold(payment) for payment in payments if payment.kind == Payment.Kind.DEPOSIT],
        timezone.now(),
        inspection=settings.INSPECTION_WINDOW,
    )


def _status_of_card(payments: Iterable[Payment]) -> DepositStatus:
    charges = [payment.state for payment in payments if payment.kind == Payment.Kind.FEE]
    is_taken = PaymentStatus.SUCCEEDED in charges
    return DepositStatus.CAPTURED if is_taken else DepositStatus.ON_FILE


def check_deposit_secured(order: RentalOrder) -> None:
    """Raises DepositNotSecured if the shop hands nothing over yet (`PICKUP_NEEDS_DEPOSIT`)."""
    status = deposit_status(order)
    is_secured = status in (None, DepositStatus.HELD, DepositStatus.ON_FILE)
    if settings.PICKUP_NEEDS_DEPOSIT and not is_secured:
        raise DepositNotSecured


def holds_of(order: RentalOrder) -> list[Payment]:
    """All of them, oldest first, with their closings."""
    return list(order.payments.filter(kind=Payment.Kind.DEPOSIT).select_related("closing"))


def closing_of(payment: Payment) -> HoldClosing | None:
    """Its capture or release, once that is asked for."""
    return getattr(payment, "closing", None)


def _rental(order: RentalOrder) -> Rental:
    is_settled = hasattr(order, "deposit_settlement")
    return Rental(order.state, order.rental_start_date, order.rental_end_date, is_settled)


def _hold(payment: Payment) -> Hold:
    return Hold(
        payment.pk,
        payment.state,
        payment.capture_before,
        is_closing=closing_of(payment) is not None,
        on_page=not payment.is_off_session,
    )


def _ask_of_card(order: RentalOrder, kind: Payment.Kind, amount_minor: int) -> None:
    """The row first; a worker finds the card, freezes the request and sends it (rule R1)."""
    payment = Payment.objects.create(
        order=order,
        gateway=gateway_of(order),
        kind=kind,
        purpose=Payment.Purpose.DEPOSIT,
        currency=order.currency,
        amount_minor=amount_minor,
        next_attempt_at=Now() + LEFT_LYING,
    )
    enqueue("pursue_payment", payment_id=str(payment.pk))


def gateway_of(order: RentalOrder) -> PaymentGateway:
    """Where the order was paid, since its card is there; else the one in use.

    Raises Unavailable if there is none.
    """
    paid = order.payments.select_related("gateway").first()
    return paid.gateway if paid else gateway_in_use()


def _release(payments: Iterable[Payment]) -> None:
    for payment in payments:
        is_live = payment.state in ASKED or payment.state is PaymentStatus.AUTHORIZED
        if is_live and closing_of(payment) is None:
            _close(payment, HoldClosing.Kind.RELEASE)


def _close(payment: Payment, kind: HoldClosing.Kind, amount_minor: int = 0) -> None:
    closing = HoldClosing.objects.create(
        payment=payment, kind=kind, amount_minor=amount_minor, next_attempt_at=Now() + LEFT_LYING
    )
    enqueue("close_hold", closing_id=str(closing.pk))
    if payment.state in ASKED:
        Payment.objects.filter(pk=payment.pk).update(next_attempt_at=Now())
        enqueue("pursue_payment", payment_id=str(payment.pk))
