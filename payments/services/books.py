"""The gateway's books and ours, side by side: how each kind of money is listed, named and told."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Q

from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact
from payments.domain.reconciliation import (
    BookLine,
    told_of_dispute,
    told_of_payment,
    told_of_refund,
    written_of_dispute,
    written_of_payment,
)
from payments.domain.states import PaymentStatus, RefundStatus
from payments.gateways.base import Gateway
from payments.models import Dispute, Payment, PaymentGateway, ReconciliationFinding, Refund

Told = TypeVar("Told", PaymentFact, RefundFact, DisputeFact)


@dataclass(frozen=True)
class Book(Generic[Told]):
    """One kind of money in both sets of books. Its objects go by the gateway's ids.

    `told` is what the gateway says of an object, `written` what our rows for some of them say.
    `expected` are those that the gateway must list, made since then, each with our payment.
    """

    kind: ReconciliationFinding.Kind
    fact: type[Told]
    listed: Callable[[Gateway, datetime], Iterator[Told]]
    object_id: Callable[[Told], str]
    told: Callable[[Told], BookLine]
    written: Callable[[Collection[str]], Mapping[str, BookLine]]
    expected: Callable[[PaymentGateway, datetime], Mapping[str, UUID]]

    def is_about(self, object_id: str, fact: Fact) -> bool:
        return isinstance(fact, self.fact) and self.object_id(fact) == object_id


def _written_payments(intent_ids: Collection[str]) -> dict[str, BookLine]:
    return {
        row.intent_id: written_of_payment(row.state, _there(row), row.currency)
        for row in Payment.objects.filter(intent_id__in=intent_ids)
    }


def _there(payment: Payment) -> int:
    is_held = payment.state is PaymentStatus.AUTHORIZED
    return payment.amount_minor if is_held else payment.captured_minor


def _expected_payments(gateway: PaymentGateway, since: datetime) -> dict[str, UUID]:
    paid = Payment.objects.filter(gateway=gateway, created_at__gte=since)
    paid = paid.filter(Q(captured_minor__gt=0) | Q(status=PaymentStatus.AUTHORIZED))
    return dict(paid.exclude(intent_id="").values_list("intent_id", "pk"))


PAYMENTS: Final = Book(
    kind=ReconciliationFinding.Kind.PAYMENT,
    fact=PaymentFact,
    listed=lambda adapter, since: adapter.list_payments(since),
    object_id=lambda fact: fact.intent_id,
    told=told_of_payment,
    written=_written_payments,
    expected=_expected_payments,
)


def _written_refunds(refund_ids: Collection[str]) -> dict[str, BookLine]:
    return {
        row.gateway_refund_id: BookLine(row.status.lower(), row.amount_minor, row.currency)
        for row in Refund.objects.filter(gateway_refund_id__in=refund_ids)
    }


def _expected_refunds(gateway: PaymentGateway, since: datetime) -> dict[str, UUID]:
    sent = Refund.objects.filter(
        payment__gateway=gateway,
        created_at__gte=since,
        status__in=(RefundStatus.PROCESSING, RefundStatus.SUCCEEDED),
    )
    return dict(sent.exclude(gateway_refund_id="").values_list("gateway_refund_id", "payment_id"))


REFUNDS: Final = Book(
    kind=ReconciliationFinding.Kind.REFUND,
    fact=RefundFact,
    listed=lambda adapter, since: adapter.list_refunds(since),
    object_id=lambda fact: fact.gateway_refund_id,
    told=told_of_refund,
    written=_written_refunds,
    expected=_expected_refunds,
)


def _written_disputes(dispute_ids: Collection[str]) -> dict[str, BookLine]:
    return {
        row.gateway_dispute_id: written_of_dispute(
            row.state,
            row.amount_minor,
            row.currency,
            row.withdrawn_at is not None,
            row.reinstated_at is not None,
        )
        for row in Dispute.objects.filter(gateway_dispute_id__in=dispute_ids)
    }


def _expected_disputes(gateway: PaymentGateway, since: datetime) -> dict[str, UUID]:
    """Those that are open however old they are: banks take months, and nobody else asks."""
    rows = Dispute.objects.open() | Dispute.objects.filter(created_at__gte=since)
    ours = rows.filter(payment__gateway=gateway)
    return dict(ours.values_list("gateway_dispute_id", "payment_id"))


DISPUTES: Final = Book(
    kind=ReconciliationFinding.Kind.DISPUTE,
    fact=DisputeFact,
    listed=lambda adapter, since: adapter.list_disputes(since),
    object_id=lambda fact: fact.gateway_dispute_id,
    told=told_of_dispute,
    written=_written_disputes,
    expected=_expected_disputes,
)

# Payments first: refunds and disputes are written down at theirs.
BOOKS: Final[tuple[Book[Any], ...]] = (PAYMENTS, REFUNDS, DISPUTES)
