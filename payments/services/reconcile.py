"""The gateway's books against ours: what we miss is taken in, what is odd is shown (rule R7, P1).

With every webhook lost, this and the poll make the books right again without anyone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from common.logging import get_logger
from payments.domain.errors import GatewayRefused
from payments.domain.facts import Fact
from payments.domain.reconciliation import moves_money
from payments.gateways import adapter_for
from payments.models import Payment, PaymentGateway
from payments.services.books import BOOKS, Book
from payments.services.findings import note_difference, resolve_agreed
from payments.services.outside import in_pages
from payments.services.resync import resync_payment
from payments.services.webhooks import payment_of

log = get_logger(__name__)

DAYS: Final = 30


@dataclass
class Report:
    """How many objects were compared, how many were set right, and on how many the books differ."""

    compared: int = 0
    mended: int = 0
    differing: int = 0


def reconcile(*, days: int = DAYS) -> Report:
    """Compare the payments, refunds and disputes of the last `days` days, at every active gateway.

    Differences are mended by asking the gateway about the payment; where they stay, and for money
    of no order of ours, there is a ReconciliationFinding. Raises GatewayUnavailable; what was
    compared before that is kept.
    """
    report = Report()
    since = timezone.now() - timedelta(days=days)
    for gateway in PaymentGateway.objects.active():
        for book in BOOKS:
            _compare(gateway, book, since, report)
    log.info("reconciled", **vars(report))
    return report


def _compare(gateway: PaymentGateway, book: Book[Any], since: datetime, report: Report) -> None:
    seen: set[str] = set()
    for page in in_pages(book.listed(adapter_for(gateway), since)):
        told = {book.object_id(fact): fact for fact in page}
        seen |= told.keys()
        written = book.written(told)
        agreed = {name for name, fact in told.items() if written.get(name) == book.told(fact)}
        resolve_agreed(gateway, book, agreed)
        for name in told.keys() - agreed:
            _mend(gateway, book, name, payment_of([told[name]]), told[name], report)
    report.compared += len(seen)
    for name, payment_id in _unlisted(gateway, book, since, seen):
        payment = Payment.objects.get(pk=payment_id)
        _mend(gateway, book, name, payment, None, report)


def _unlisted(
    gateway: PaymentGateway, book: Book[Any], since: datetime, seen: set[str]
) -> Iterable[tuple[str, UUID]]:
    return [line for line in book.expected(gateway, since).items() if line[0] not in seen]


def _mend(
    gateway: PaymentGateway,
    book: Book[Any],
    object_id: str,
    payment: Payment | None,
    listed: Any,
    report: Report,
) -> None:
    """Take in what the gateway knows of the payment; note what differs still."""
    before = book.written([object_id])
    heard = _ask(payment, listed.intent_id if listed else "") if payment else []
    fact = next((fact for fact in heard if book.is_about(object_id, fact)), listed)
    told = book.told(fact) if fact else None
    after = book.written([object_id])
    written = after.get(object_id)
    if told == written:
        resolve_agreed(gateway, book, [object_id])
        report.mended += before != after
    elif written or (told and moves_money(told)):
        note_difference(gateway, book, object_id, told=told, written=written, payment=payment)
        report.differing += 1


def _ask(payment: Payment, intent_id: str) -> list[Fact]:
    """What the gateway says; one that cannot be asked about or taken in holds up no other."""
    try:
        return resync_payment(payment, intent_id=intent_id)
    except (GatewayRefused, DatabaseError) as error:
        log.warning("resync_failed", payment=str(payment.pk), why=type(error).__name__)
        return []
