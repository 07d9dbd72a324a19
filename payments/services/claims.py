"""What staff claim at the return, until the deposit is settled (domain rule D4)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.errors import InvalidInput
from common.money import MAX_MINOR
from payments.domain.deposits import ClaimKind
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
        claim = Claim.objects.create(
            order=order,
            item_id=_item_of(order, wanted),
            kind=wanted.kind.value,
            currency=order.currency,
            amount_minor=_minor(wanted.amount, order.currency),
            reason=wanted.reason,
            made_by=staff,
            request_id=request_id,
        )
        _record(claim, "claim.made", order, staff)
    return claim


def withdraw_claim(claim_id: UUID, staff: User) -> Claim:
    """Ask for it no more. Raises IllegalStep unless the claim is open."""
    with transaction.atomic(durable=True):
        order = lock_order(Claim.objects.values_list("order_id", flat=True).get(pk=claim_id))
        claim = Claim.objects.get(pk=claim_id)
        if claim.state is not ClaimStatus.OPEN:
            raise IllegalStep(f"This claim is {claim.state.label.lower()} already.")
        claim.status = ClaimStatus.WITHDRAWN.value
        claim.save(update_fields=["status", "updated_at"])
        _record(claim, "claim.withdrawn", order, staff)
    return claim


def _check_claimable(order: RentalOrder) -> None:
    check_unsettled(order)
    if order.state not in CLAIMABLE:
        raise IllegalStep("Claims are made of orders that were handed over.")


def _item_of(order: RentalOrder, wanted: Wanted) -> UUID | None:
    if wanted.item_id and not order.items.filter(pk=wanted.item_id).exists():
        text = "This order has no such line."
        raise InvalidInput(f"item_id: {text}", errors={"item_id": [text]})
    return wanted.item_id


def _minor(amount: Decimal, currency: str) -> int:
    minor = amount_minor(amount, currency)
    if minor > MAX_MINOR:
        raise bad_amount("This is more than can be charged.")
    return minor


def _record(claim: Claim, fact: str, order: RentalOrder, staff: User) -> None:
    record(
        order,
        fact,
        Actor.of(staff),
        claim=str(claim.pk),
        kind=claim.kind,
        amount_minor=claim.amount_minor,
        currency=claim.currency,
    )
