"""What staff claim at the return, until the deposit is settled (domain rule D4)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.errors import InvalidInput
from common.money import MAX_MINOR
from payments.domain.deposits import Claimed, ClaimKind
from payments.domain.errors import IllegalStep
from payments.domain.states import CLAIMABLE, ClaimStatus
from payments.models import Claim, RentalOrder
from payments.services import idempotency
from payments.services.amounts import amount_minor, bad_amount
from payments.services.deposits import check_unsettled
from payments.services.idempotency import Request
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order


@dataclass(frozen=True)
class Wanted:
    """What is claimed, in the order's currency; `item_id` names the line it is about, if one."""

    kind: ClaimKind
    amount: Decimal
    reason: str
    item_id: UUID | None = None


def make_claim(
    *, order_id: UUID, wanted: Wanted, staff: User, request: Request | None = None
) -> Claim:
    """Claim an amount of an order that was handed over.

    The same request with the same key again returns the same claim. Raises IllegalStep,
    DepositSettled, KeyReused, and InvalidInput for an amount that the currency does not have or a
    line that the order does not have.
    """
    request_id = request.id_for(staff) if request else None
    with transaction.atomic(durable=True):
        is_repeated = not idempotency.is_first(staff, request, order_id)
        order = lock_order(order_id)
        if is_repeated:
            return Claim.objects.get(order=order, request_id=request_id)
        _check_claimable(order)
        amount = claimable_minor(wanted.amount, order.currency)
        claimed = Claimed(wanted.kind, amount)
        item_id = _item_of(order, wanted)
        return open_claim(
            order, claimed, wanted.reason, staff, item_id=item_id, request_id=request_id
        )


def open_claim(
    order: RentalOrder, claimed: Claimed, reason: str, staff: User, **more: Any
) -> Claim:
    """Write a claim of a locked order, whose deposit is not settled."""
    claim = Claim.objects.create(
        order=order,
        kind=claimed.kind.value,
        currency=order.currency,
        amount_minor=claimed.amount_minor,
        reason=reason,
        made_by=staff,
        **more,
    )
    _record(claim, "claim.made", order, staff)
    return claim


def withdraw_claim(claim_id: UUID, staff: User, reason: str = "") -> Claim:
    """Ask for it no more: waive it, for a reason that the history keeps.

    Raises IllegalStep unless the claim is open.
    """
    with transaction.atomic(durable=True):
        order = lock_order(Claim.objects.values_list("order_id", flat=True).get(pk=claim_id))
        claim = Claim.objects.get(pk=claim_id)
        if claim.state is not ClaimStatus.OPEN:
            raise IllegalStep(f"This claim is {claim.state.label.lower()} already.")
        waive(order, claim, staff, reason)
    return claim


def waive(order: RentalOrder, claim: Claim, staff: User, reason: str) -> None:
    """Withdraw an open claim of a locked order."""
    claim.status = ClaimStatus.WITHDRAWN.value
    claim.withdrawn_because = reason
    claim.save(update_fields=["status", "withdrawn_because", "updated_at"])
    _record(claim, "claim.withdrawn", order, staff, reason=reason)


def _check_claimable(order: RentalOrder) -> None:
    check_unsettled(order)
    if order.state not in CLAIMABLE:
        raise IllegalStep("Claims are made of orders that were handed over.")


def _item_of(order: RentalOrder, wanted: Wanted) -> UUID | None:
    if wanted.item_id and not order.items.filter(pk=wanted.item_id).exists():
        text = "This order has no such line."
        raise InvalidInput(f"item_id: {text}", errors={"item_id": [text]})
    return wanted.item_id


def claimable_minor(amount: Decimal, currency: str) -> int:
    """An amount to claim. Raises InvalidInput where the currency does not have it."""
    minor = amount_minor(amount, currency)
    if minor > MAX_MINOR:
        raise bad_amount("This is more than can be charged.")
    return minor


def _record(claim: Claim, fact: str, order: RentalOrder, staff: User, **more: str) -> None:
    record(
        order,
        fact,
        Actor.of(staff),
        claim=str(claim.pk),
        kind=claim.kind,
        amount_minor=claim.amount_minor,
        currency=claim.currency,
        **more,
    )
