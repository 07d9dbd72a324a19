"""Money that is not what was asked for waits for a person, who lets it in or sends it back (D6.4).

Either way the gateway is asked first: what it has now counts, not what was told then.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from payments.domain import facts
from payments.domain.errors import IllegalStep, OtherCurrency
from payments.domain.facts import Fact, PaymentFact, RefundFact
from payments.domain.refunds import needs_approval
from payments.domain.states import REFUND_LIVE, PaymentStatus
from payments.gateways import adapter_for
from payments.models import Payment, Refund, RentalOrder
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order
from payments.services.outside import release_connection
from payments.services.payment_facts import MISMATCH, move_payment
from payments.services.pursuit import sought
from payments.services.refunds import Asked, apply_refund_fact, ask_refund
from payments.services.settlement import absorb_locked


def release_payment(payment_id: UUID, staff: User) -> Payment:
    """Let a quarantined payment in as it is, and settle its order by it.

    What is too much goes back; what is too little ends an unpaid order, and goes back whole. Where
    nothing arrived, the payment has failed. Raises IllegalStep for a
    payment that is not quarantined, OtherCurrency while money of another one is still there,
    GatewayUnavailable and GatewayRefused.
    """
    return _decide(payment_id, Asked(Actor.of(staff)), gives_back=False)


def give_back_payment(payment_id: UUID, staff: User, reason: str) -> Payment:
    """The same, but all of it goes back, above the shop's limit once a second person approves."""
    return _decide(payment_id, Asked(Actor.of(staff), reason), gives_back=True)


def _decide(payment_id: UUID, asked: Asked, *, gives_back: bool) -> Payment:
    payment = _check(Payment.objects.select_related("gateway").get(pk=payment_id))
    release_connection()
    found = adapter_for(payment.gateway).fetch_payment(sought(payment))
    with transaction.atomic(durable=True):
        order = lock_order(payment.order_id)
        payment = _check(Payment.objects.select_for_update(no_key=True).get(pk=payment_id))
        _let_in(order, payment, found)
        record(order, "payment.released", asked.actor, payment=str(payment_id))
        if gives_back:
            _ask_all_back(order, payment, found, asked)
        _clear_flag(order)
        others = [fact for fact in found if not isinstance(fact, PaymentFact)]
        absorb_locked(order, payment, others)
    payment.refresh_from_db()
    return payment


def _check(payment: Payment) -> Payment:
    if payment.state is not PaymentStatus.QUARANTINED:
        raise IllegalStep("This payment does not wait for a person.")
    if payment.is_for_deposit:
        raise IllegalStep("A deposit is put right in the payment service's dashboard.")
    return payment


def _let_in(order: RentalOrder, payment: Payment, found: Sequence[Fact]) -> None:
    """What was asked becomes what arrived, so that no more is captured than was asked (I04)."""
    # Told already, when it was put aside: what happens now has no name of the gateway's.
    paid = [replace(fact, ref="") for fact in found if isinstance(fact, PaymentFact)]
    arrived = next((f for f in paid if f.outcome == facts.SUCCEEDED and f.amount_minor), None)
    is_ours = arrived is not None and arrived.currency == payment.currency
    payment.metadata |= {"asked_minor": payment.amount_minor, "decided_by_staff": True}
    if arrived is not None and is_ours:
        payment.amount_minor = arrived.amount_minor
        move_payment(order, payment, PaymentStatus.SUCCEEDED, arrived)
        return
    if arrived is not None and _went_back(found) < arrived.amount_minor:
        raise OtherCurrency
    move_payment(order, payment, PaymentStatus.FAILED, arrived or paid[0])


def _refunds_in(found: Sequence[Fact]) -> list[RefundFact]:
    return [fact for fact in found if isinstance(fact, RefundFact)]


def _went_back(found: Sequence[Fact]) -> int:
    refunds = _refunds_in(found)
    return sum(refund.amount_minor for refund in refunds if refund.status in REFUND_LIVE)


def _ask_all_back(
    order: RentalOrder, payment: Payment, found: Sequence[Fact], asked: Asked
) -> None:
    for refund in _refunds_in(found):
        apply_refund_fact(order, payment, refund)  # so that they are not asked for once more
    payment.refresh_from_db()
    if amount := payment.refundable_minor:
        limits = settings.REFUND_APPROVAL_MINOR
        unapproved = needs_approval(amount, order.currency, limits)
        asked = Asked(asked.actor, asked.reason, unapproved=unapproved)
        ask_refund(order, payment, amount, Refund.Source.STAFF, asked)


def _clear_flag(order: RentalOrder) -> None:
    others = order.payments.filter(status=PaymentStatus.QUARANTINED)
    if order.attention == MISMATCH and not others.exists():
        order.attention = ""
        order.save(update_fields=["attention", "updated_at"])
