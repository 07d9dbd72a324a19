"""Asking a saved card to hold a deposit, or to pay a claim; for a lease holder (domain rule D4)."""

from django.db.models.functions import Now

from payments.domain import facts
from payments.domain.errors import GatewayRefused
from payments.domain.facts import Fact, PaymentFact
from payments.gateways import adapter_for
from payments.gateways.base import CardRequest, Gateway, Sought
from payments.models import Payment
from payments.services.checkout import may_be_forgotten
from payments.services.holds import closing_of
from payments.services.outside import release_connection


def ask_card(payment: Payment) -> list[Fact]:
    """Send it, or ask what became of it. Safe to call again: the key is the row's own.

    Raises GatewayUnavailable.
    """
    adapter = adapter_for(payment.gateway)
    release_connection()
    if payment.intent_id:
        return adapter.fetch_payment(Sought(str(payment.pk), "", payment.intent_id))
    is_over = closing_of(payment) is not None
    if is_over and payment.first_sent_at is None:
        return [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))]
    if not payment.request and not _freeze_request(adapter, payment):
        return [_failed(payment, "no_card")]
    if is_over or (payment.attempts > 1 and may_be_forgotten(payment)):
        found = _find(adapter, payment)
        if found or is_over:
            return found or [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))]
    return _send(adapter, payment)


def _send(adapter: Gateway, payment: Payment) -> list[Fact]:
    release_connection()
    try:
        return [adapter.ask_card(payment.request, payment.idempotency_key)]
    except GatewayRefused as error:
        # It may have been done by an earlier try whose key is forgotten.
        return _find(adapter, payment) or [_failed(payment, error.message[:200])]


def _find(adapter: Gateway, payment: Payment) -> list[Fact]:
    release_connection()
    return adapter.find_payment(str(payment.pk), payment.first_sent_at or payment.created_at)


def _failed(payment: Payment, why: str) -> PaymentFact:
    ref = f"{payment.pk}:failed"
    return PaymentFact(facts.FAILED, payment_id=str(payment.pk), error_code=why, ref=ref)


def _freeze_request(adapter: Gateway, payment: Payment) -> bool:
    """Commit what every attempt will send (rule R2); False if the customer has no card here."""
    card = _card_of(adapter, payment)
    if card is None:
        return False
    payment.request = adapter.card_request(
        CardRequest(
            payment_id=str(payment.pk),
            order_number=payment.order.order_number,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            customer_id=card[0],
            method_id=card[1],
            holds=payment.kind == Payment.Kind.DEPOSIT,
        )
    )
    ours = Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token)
    ours.update(
        request=payment.request, first_sent_at=Now(), customer_ref=card[0], method_ref=card[1]
    )
    payment.refresh_from_db(fields=["first_sent_at"])
    release_connection()
    return True


def _card_of(adapter: Gateway, payment: Payment) -> tuple[str, str] | None:
    """The card that the order was paid with last, by the gateway's ids."""
    paid = payment.order.payments.filter(status="SUCCEEDED") | payment.order.payments.filter(
        status="AUTHORIZED"
    )
    for other in paid.order_by("-created_at"):
        if other.method_ref:
            return other.customer_ref, other.method_ref
        release_connection()
        for fact in adapter.fetch_payment(Sought(str(other.pk), other.session_id, other.intent_id)):
            if isinstance(fact, PaymentFact) and fact.method_id:
                return fact.customer_id, fact.method_id
    return None
