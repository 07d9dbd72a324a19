"""Settling the deposit: claims, and what was to be paid later, are taken from it, and the rest goes
back in the same act (D4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from common.deposits import DepositStrategy
from common.logging import get_logger
from payments.domain.deposits import Outcome
from payments.domain.errors import DepositSettled, IllegalStep
from payments.domain.states import ClaimStatus, OrderStatus, RefundStatus
from payments.models import Claim, DepositSettlement, RentalOrder
from payments.services import idempotency
from payments.services.holds import capture_hold, charge_card_on_file, held_minor
from payments.services.idempotency import Request
from payments.services.journal import SYSTEM, Actor, record
from payments.services.ledger import post_deposit_settled
from payments.services.lifecycle import lock_order
from payments.services.settlement import books_of, settle

log = get_logger(__name__)

UNDECIDED = "The deposit went back undecided, though claims were open."


@dataclass(frozen=True)
class DepositPreview:
    """What settling the deposit of `order` would do now, and for which claims."""

    order: RentalOrder
    outcome: Outcome
    claims: Sequence[Claim]


def preview_deposit(order: RentalOrder) -> DepositPreview:
    """Exactly what `settle_deposit` would do now. Raises IllegalStep, DepositSettled."""
    _check_open(order)
    claims = list(order.claims.open())
    return DepositPreview(order, _outcome(order, claims), claims)


def settle_deposit(*, order_id: UUID, actor: Actor, request: Request | None = None) -> RentalOrder:
    """Take the open claims from the deposit of a returned order and give the rest back.

    What the customer was to pay later is kept of a deposit that was paid, too. What the deposit
    does not cover becomes a balance that he owes. The same request with the same key again changes
    nothing. Raises IllegalStep, DepositSettled, KeyReused.
    """
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(actor.user, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return order
        _check_open(order)
        _settle(order, list(order.claims.open()), actor)
    return order


def release_deposit(order_id: UUID) -> None:
    """The inspection window has ended: the deposit goes back whole, unless it was settled (D4).

    Claims that nobody has decided lapse, and a person is asked to look.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if not RentalOrder.objects.uninspected().filter(pk=order_id).exists():
            return
        if order.claims.open().update(status=ClaimStatus.LAPSED):
            order.attention = UNDECIDED
            order.save(update_fields=["attention", "updated_at"])
            log.error("order_needs_attention", order_number=order.order_number, why=UNDECIDED)
        _settle(order, [], SYSTEM)


def check_unsettled(order: RentalOrder) -> None:
    """Raises DepositSettled once it is decided what became of a locked order's deposit."""
    if DepositSettlement.objects.filter(order=order).exists():
        raise DepositSettled


def _check_open(order: RentalOrder) -> None:
    check_unsettled(order)
    if order.state is not OrderStatus.RETURNED:
        raise IllegalStep("A deposit is settled once everything is back.")


def _outcome(order: RentalOrder, claims: Sequence[Claim]) -> Outcome:
    deposit = {
        DepositStrategy.CHARGE: _charged,
        DepositStrategy.HOLD: held_minor,
        DepositStrategy.CARD_ON_FILE: _agreed,
        DepositStrategy.NONE: _agreed,
    }[order.secured_by]
    return Outcome(
        deposit=deposit(order),
        claimed=sum(claim.amount_minor for claim in claims),
        unpaid=order.balance_due_minor,
        is_paid=order.secured_by is DepositStrategy.CHARGE,
    )


def _agreed(order: RentalOrder) -> int:
    """What the customer has agreed to be charged at most."""
    return order.deposit_minor


def _charged(order: RentalOrder) -> int:
    """What is left of the deposit that was paid with the rent."""
    before = order.refunds.exclude(status=RefundStatus.CANCELLED)
    left = order.charged_deposit_minor - sum(refund.deposit_minor for refund in before)
    return max(0, min(left, books_of(order).balance))


def _settle(order: RentalOrder, claims: Sequence[Claim], actor: Actor) -> None:
    """Decide for a locked order. What staff gave back before was rent, so less of it is kept; what
    the customer was to pay later is still to come, or stays here of what would go back."""
    outcome = _outcome(order, claims)
    paid = books_of(order).balance - _charged(order)
    rent_left = min(order.total_minor, paid + outcome.unpaid)
    DepositSettlement.objects.create(
        order=order,
        currency=order.currency,
        deposit_minor=outcome.deposit,
        claimed_minor=outcome.claimed,
        taken_minor=outcome.taken,
        unpaid_minor=outcome.unpaid,
        kept_minor=rent_left + outcome.claimed,
        settled_by=actor.user,
    )
    order.claims.open().update(status=ClaimStatus.ACCEPTED)
    post_deposit_settled(order, claims)
    _take(order, outcome.taken)
    if outcome.deposit or outcome.claimed:
        _record(order, outcome, actor)
    settle(order, actor)


def _take(order: RentalOrder, amount_minor: int) -> None:
    """Have the card give what a charged deposit has given before, and let go of the rest."""
    if order.secured_by is DepositStrategy.HOLD:
        capture_hold(order, amount_minor)
    if order.secured_by is DepositStrategy.CARD_ON_FILE and amount_minor:
        charge_card_on_file(order, amount_minor)


def _record(order: RentalOrder, outcome: Outcome, actor: Actor) -> None:
    record(
        order,
        "deposit.settled",
        actor,
        deposit_minor=outcome.deposit,
        taken_minor=outcome.taken,
        netted_minor=outcome.netted,
        amount_minor=outcome.back,
        owed_minor=outcome.owed,
        currency=order.currency,
    )
