"""Quotes, agreements, invoices, credit notes and receipts: issued once, numbered without gaps, and
never changed (the database refuses it: migrations/0015_documents.py; docs/adr/0013)."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.domain.documents import TELL_PAYMENTS, DocumentKind
from payments.models.ledger import LedgerTransaction
from payments.models.orders import RentalOrder


class DocumentNumber(models.Model):
    """The last number of a kind. Its row is locked until whoever raised it has issued."""

    kind = models.CharField(max_length=12, choices=DocumentKind.choices(), primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return DocumentKind(self.kind).number(self.last)


class DocumentQuerySet(models.QuerySet["Document"]):
    def listed(self) -> Self:
        """Newest first, without what only the paper itself needs."""
        return self.defer("content", "pdf").order_by("-issued_at", "-number")

    def standing_invoices(self) -> Self:
        """Those that no credit note has taken back, oldest first."""
        return self.filter(kind=DocumentKind.INVOICE, correction=None).order_by("as_of_id")

    def tell_payments(self) -> Self:
        """Those that say what was paid until they were issued, the one that knows most first."""
        return self.filter(kind__in=TELL_PAYMENTS).order_by("-as_of_id")


class Document(models.Model):
    """One paper about an order: its number, what it says, and the file itself, in one row.

    `content` is everything that is printed, as values. `as_of` is the last fact of the order that
    the books had when an invoice, credit note or receipt was issued.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(RentalOrder, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=DocumentKind.choices())
    number = models.CharField(max_length=20, unique=True)
    content = models.JSONField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(
        help_text="Rent, tax and claims, below zero on a credit note; what was paid on a receipt."
    )
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64, help_text="Of the file.")
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction"
    )
    as_of = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField()

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-number"]
        constraints = [
            models.CheckConstraint(
                name="document_credit_note_corrects",
                condition=Q(kind="CREDIT_NOTE", corrects__isnull=False, total_minor__lte=0)
                | (~Q(kind="CREDIT_NOTE") & Q(corrects=None, total_minor__gte=0)),
            ),
            models.CheckConstraint(
                name="document_follows_the_books",
                condition=Q(kind__in=["QUOTE", "AGREEMENT"], as_of=None)
                | Q(kind__in=["INVOICE", "CREDIT_NOTE", "RECEIPT"], as_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def filename(self) -> str:
        return f"{self.number}.pdf"

    @property
    def about(self) -> dict[str, Any]:
        """For whom, and for which rental; an invoice that says otherwise does not stand."""
        return {part: self.content[part] for part in ("customer", "order")}
