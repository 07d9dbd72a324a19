"""Where the books differ and no fact could mend it: written down for a person, and resolved."""

from collections.abc import Collection
from typing import Any, Final

from django.db.models.functions import Now

from accounts.models import User
from common.errors import Conflict
from common.logging import get_logger
from payments.domain.reconciliation import BookLine
from payments.models import Payment, PaymentGateway, ReconciliationFinding
from payments.services.books import Book

log = get_logger(__name__)

AGREED: Final = "The books agree again."


def note_difference(
    gateway: PaymentGateway,
    book: Book[Any],
    object_id: str,
    *,
    told: BookLine | None,
    written: BookLine | None,
    payment: Payment | None,
) -> None:
    """Write down that the books differ on an object: what the gateway says, and what we do.

    What a person has resolved stays so for as long as neither side says anything new.
    """
    named: dict[str, Any] = {"gateway": gateway, "kind": book.kind, "object_id": object_id}
    values = _values(told, written, payment)
    known = ReconciliationFinding.objects.filter(**named)
    old = known.first()
    if old is None:
        ReconciliationFinding.objects.create(**named, **values, last_seen_at=Now())
    elif _is_known(old, values):
        known.update(last_seen_at=Now())
        return
    else:
        known.update(**values, last_seen_at=Now(), resolved_at=None, resolved_by=None)
    log.error("books_differ", kind=book.kind.value, object_id=object_id, problem=values["problem"])


def _is_known(old: ReconciliationFinding, values: dict[str, Any]) -> bool:
    is_open_or_explained = old.resolved_at is None or old.resolved_by_id is not None
    return is_open_or_explained and (old.theirs, old.ours) == (values["theirs"], values["ours"])


def _values(
    told: BookLine | None, written: BookLine | None, payment: Payment | None
) -> dict[str, Any]:
    entry = told or written
    problem = ReconciliationFinding.Problem.DIFFERS
    if told is None:
        problem = ReconciliationFinding.Problem.MISSING
    elif payment is None:
        problem = ReconciliationFinding.Problem.ORPHAN
    return {
        "problem": problem.value,
        "payment": payment,
        "currency": entry.currency if entry else "",
        "amount_minor": entry.amount_minor if entry else 0,
        "theirs": str(told or ""),
        "ours": str(written or ""),
    }


def resolve_agreed(gateway: PaymentGateway, book: Book[Any], object_ids: Collection[str]) -> None:
    """Close the findings on objects on which the books agree by now."""
    ReconciliationFinding.objects.open().filter(
        gateway=gateway, kind=book.kind, object_id__in=object_ids
    ).update(resolved_at=Now(), note=AGREED)


def resolve_finding(*, finding_id: int, by: User, note: str) -> None:
    """Somebody has looked at it, and says in `note` what came of that.

    Raises Conflict for one that is resolved.
    """
    finding = ReconciliationFinding.objects.open().filter(pk=finding_id)
    if not finding.update(resolved_at=Now(), resolved_by=by, note=note):
        raise Conflict("This was resolved already.")
    log.info("finding_resolved", finding=finding_id, by=str(by.pk))
