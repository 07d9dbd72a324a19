"""The only place where money becomes order status (architecture, idea 7; rules R3, R4, R8)."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from payments.domain.cancellation import Policy
from payments.domain.errors import CouponNotUsable, OutOfStock
from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact
from payments.domain.ledger import CUSTOMER
from payments.domain.settlement import ENDED_BY_CUSTOMER, Books, Decision, Move, decide
from payments.domain.states import (
    REFUND_DONE,
    REFUND_LIVE,
    UNDECIDED,
    OrderStatus,
    RefundStatus,
)
from payments.models import DepositSettlement, Payment, Refund, RentalOrder
from payments.services.disputes import apply_dispute_fact
from payments.services.holds import settle_holds
from payments.services.journal import GATEWAY, Actor, record
from payments.services.ledger import balance
from payments.services.lifecycle import lock_order, transition
from payments.services.payment_facts import apply_payment_fact
from payments.services.refunds import Asked, apply_refund_fact, ask_refunds


def absorb(payment: Payment, found: Sequence[Fact]) -> None:
    """Take in what is known of `payment` and settle its order, in a transaction of its own."""
    with transaction.atomic(durable=True):
        absorb_locked(lock_order(payment.order_id), payment, found)


def absorb_locked(order: RentalOrder, payment: Payment, found: Sequence[Fact]) -> None:
    """The same for a caller that has locked `order` in his transaction."""
    # Locked as well: whoever opens the checkout writes to this row without locking the order.
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    refunds = [fact for fact in found if isinstance(fact, RefundFact)]
    disputes = [fact for fact in found if isinstance(fact, DisputeFact)]
    for fact in found:
        if isinstance(fact, PaymentFact):
            apply_payment_fact(order, payment, fact)
    if (refunds or disputes) and order.state is OrderStatus.PENDING:
        # Now: a refund made elsewhere cancels nothing, however early (D5), and what a bank takes
        # does not make the order one that was never paid.
        settle(order, GATEWAY)
    for refund in refunds:
        apply_refund_fact(order, payment, refund)
    for dispute in disputes:
        apply_dispute_fact(order, payment, dispute)
    settle(order, GATEWAY)


def books_of(order: RentalOrder) -> Books:
    """The order's money, summed from its rows."""
    payments = list(order.payments.all())
    refunds = order.refunds.exclude(status=RefundStatus.CANCELLED)
    deposit = _deposit_settlement(order)
    return Books(
        status=order.state,
        due=deposit.kept_minor if deposit else order.due_minor + _taken_of_deposit(payments),
        kept_on_cancel=order.kept_minor,
        received=sum(payment.captured_minor for payment in payments),
        given_back=sum(refund.amount_minor for refund in refunds),
        payable=any(payment.state in UNDECIDED for payment in payments),
        settled=deposit is not None and _is_settled(order, payments),
    )


def _deposit_settlement(order: RentalOrder) -> DepositSettlement | None:
    if order.state not in (OrderStatus.RETURNED, OrderStatus.COMPLETED):
        return None
    return getattr(order, "deposit_settlement", None)


def _is_settled(order: RentalOrder, payments: Sequence[Payment]) -> bool:
    """Nothing is owed to either side, nothing is under way, and no bank has a question (D1)."""
    under_way = REFUND_LIVE - REFUND_DONE
    return not (
        any(payment.state in UNDECIDED for payment in payments)
        or order.refunds.filter(status__in=under_way).exists()
        or order.disputes.open().exists()
        or balance(order, CUSTOMER)
    )


def _taken_of_deposit(payments: Sequence[Payment]) -> int:
    """What a bank gave for claims was owed, or it would not have been asked for it."""
    return sum(payment.captured_minor for payment in payments if payment.is_for_deposit)


def settle(
    order: RentalOrder, actor: Actor, *, because: Refund.Source = Refund.Source.OVERPAID
) -> None:
    """Compare what is due, paid and refunded, and move the locked order or ask for refunds.

    `because` says why a live order has more than it is due, where the caller has made it so.
    """
    decision = decide(books_of(order))
    if decision.move is Move.RETAKE:
        decision = _retake(order, decision)
    elif decision.move is Move.CONFIRM:
        _confirm(order, actor)
    elif decision.move is Move.EXPIRE:
        transition(order, OrderStatus.EXPIRED, actor=actor)
    elif decision.move is Move.COMPLETE:
        transition(order, OrderStatus.COMPLETED, actor=actor)
    # What a bank has taken waits: once the dispute is won, this asks again (D6.10).
    owed = min(decision.refund, sum(p.refundable_minor for p in order.payments.all()))
    if owed:
        if _is_late(order, decision, actor):
            record(order, "payment.late", GATEWAY)
        asked = _deposit_in(order, owed)
        ask_refunds(order, owed, _refund_source(order, asked, because), asked)
    settle_holds(order)


def _is_late(order: RentalOrder, decision: Decision, actor: Actor) -> bool:
    if order.state is OrderStatus.EXPIRED:
        return decision.move is Move.RETAKE
    return order.state is OrderStatus.CANCELLED and actor is GATEWAY


def _confirm(order: RentalOrder, actor: Actor) -> None:
    order.cancellation_policy = Policy.parse(settings.CANCELLATION_POLICY).as_json()
    transition(order, OrderStatus.CONFIRMED, actor=actor)


def _retake(order: RentalOrder, decision: Decision) -> Decision:
    """Late money (D6.5): the units again, and the coupon, if they are free and the start is ahead,
    else all back."""
    if RentalOrder.objects.upcoming().filter(pk=order.pk).exists():
        try:
            with transaction.atomic():
                _confirm(order, GATEWAY)
        except (OutOfStock, CouponNotUsable):
            order.refresh_from_db()
        else:
            return decision
    return Decision(Move.RETAKE, refund=books_of(order).balance)


def _deposit_in(order: RentalOrder, amount_minor: int) -> Asked:
    """What goes back of an order that ended is its deposit first, and the rest rent (D5)."""
    deposit = _deposit_settlement(order)
    if order.state not in ENDED_BY_CUSTOMER and deposit is None:
        return Asked()
    before = order.refunds.exclude(status=RefundStatus.CANCELLED)
    left = order.charged_deposit_minor - sum(refund.deposit_minor for refund in before)
    left -= deposit.taken_minor if deposit else 0
    return Asked(deposit_minor=min(amount_minor, max(0, left)))


def _refund_source(order: RentalOrder, asked: Asked, because: Refund.Source) -> Refund.Source:
    if order.state is OrderStatus.EXPIRED:
        return Refund.Source.LATE
    if order.state in ENDED_BY_CUSTOMER:
        return Refund.Source.POLICY
    if asked.deposit_minor:
        return Refund.Source.DEPOSIT
    return because
