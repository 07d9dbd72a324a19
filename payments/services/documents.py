"""Issuing documents: number, content and file in one transaction, and the same one again if nothing
has changed (docs/adr/0013)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common.errors import NotPermitted
from common.prepared import fetch
from payments.documents import Paper, print_pdf
from payments.domain.documents import (
    FOR_CUSTOMERS,
    ISSUED_WHILE,
    TELL_PAYMENTS,
    DocumentKind,
    Issued,
    Plan,
    plan_invoices,
    total_of,
)
from payments.domain.errors import (
    BooksDiffer,
    IllegalStep,
    NothingToInvoice,
    NothingToReceipt,
)
from payments.models import Document, RentalOrder
from payments.services import document_content as content_of
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order
from payments.services.order_books import CAPTURED, OrderBooks, read_books


@dataclass(frozen=True)
class Answer:
    """The document that was asked for; not new if there was one that says the same."""

    document: Document
    is_new: bool


def issue_document(*, order_id: UUID, kind: DocumentKind, actor: Actor, now: datetime) -> Answer:
    """The order's document of this kind, as things stand now.

    Invoices follow the books: one that does not hold any more is taken back by a credit note, and
    what holds and is on none is invoiced, in one act. Raises NotPermitted, IllegalStep,
    NothingToInvoice, NothingToReceipt, BooksDiffer.
    """
    if not actor.is_shop and kind not in FOR_CUSTOMERS:
        raise NotPermitted
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if kind in ISSUED_WHILE:
            return _issue_letter(order, kind, actor, now)
        if kind is DocumentKind.RECEIPT:
            return _issue_receipt(order, actor, now)
        return _issue_invoices(order, kind, actor, now)


def _issue_letter(order: RentalOrder, kind: DocumentKind, actor: Actor, now: datetime) -> Answer:
    if order.state not in ISSUED_WHILE[kind]:
        raise IllegalStep(
            f"There is no {kind.label.lower()} for an order that is {order.state.label.lower()}."
        )
    content = content_of.CONTENT[kind](order)
    last = order.documents.filter(kind=kind).first()
    if last and last.content == content:
        return Answer(last, is_new=False)
    return Answer(_issue(order, kind, content, actor, now), is_new=True)


def _issue_receipt(order: RentalOrder, actor: Actor, now: datetime) -> Answer:
    """Of the payments that came after the last invoice or receipt, so that each is told once."""
    told = order.documents.tell_payments().first()
    books = read_books(order)
    paid = books.payments_after(told.as_of_id) if told and told.as_of_id else []
    if paid:
        content = content_of.of_receipt(order, paid, books)
        issued = _issue(order, DocumentKind.RECEIPT, content, actor, now, books)
        return Answer(issued, is_new=True)
    last = order.documents.filter(kind=DocumentKind.RECEIPT).first()
    if last is None:
        raise NothingToReceipt
    return Answer(last, is_new=False)


def is_paid_since(order: RentalOrder, documents: Iterable[Document]) -> bool:
    """Whether money came that none of the order's documents tells, though it has an invoice."""
    told = [row.as_of_id for row in documents if row.kind in TELL_PAYMENTS and row.as_of_id]
    if not told:
        return False
    return order.ledger.filter(reference__endswith=CAPTURED, id__gt=max(told)).exists()


def _issue_invoices(order: RentalOrder, kind: DocumentKind, actor: Actor, now: datetime) -> Answer:
    books = read_books(order)
    if not books.is_binding:
        raise IllegalStep("An order is invoiced once it is binding.")
    standing = list(order.documents.standing_invoices())
    plan = _plan(order, books, standing)
    issued = _carry_out(order, plan, standing, books, actor, now)
    if kind in issued:
        return Answer(issued[kind], is_new=True)
    if kind is DocumentKind.INVOICE and plan.is_done and standing:
        return Answer(standing[-1], is_new=False)
    raise NothingToInvoice


def _plan(order: RentalOrder, books: OrderBooks, standing: Sequence[Document]) -> Plan:
    """Raises BooksDiffer where the order's rows do not come to what the books say."""
    lines = content_of.invoice_lines(order, books)
    if total_of(lines) != books.cost_minor:
        raise BooksDiffer
    invoices = [Issued(row.pk, row.about, content_of.lines_of(row)) for row in standing]
    return plan_invoices(invoices, content_of.about(order), lines)


def _carry_out(
    order: RentalOrder,
    plan: Plan,
    standing: Sequence[Document],
    books: OrderBooks,
    actor: Actor,
    now: datetime,
) -> dict[DocumentKind, Document]:
    """The last document of each kind that was issued."""
    issued = {}
    for invoice in (row for row in standing if row.pk in plan.correct):
        content = content_of.of_credit_note(invoice)
        issued[DocumentKind.CREDIT_NOTE] = _issue(
            order, DocumentKind.CREDIT_NOTE, content, actor, now, books, corrects=invoice
        )
    if plan.invoice:
        content = content_of.of_invoice(order, plan.invoice, books)
        issued[DocumentKind.INVOICE] = _issue(
            order, DocumentKind.INVOICE, content, actor, now, books
        )
    return issued


def _issue(
    order: RentalOrder,
    kind: DocumentKind,
    content: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    books: OrderBooks | None = None,
    corrects: Document | None = None,
) -> Document:
    number = _next_number(kind)
    paper = Paper(kind, number, now, content, corrects.number if corrects else "")
    pdf = print_pdf(paper)
    document = Document.objects.create(
        order=order,
        kind=kind,
        number=number,
        content=content,
        currency=order.currency,
        total_minor=content["totals"]["total_minor"],
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        corrects=corrects,
        as_of_id=books.last_id if books else None,
        issued_by=actor.user,
        issued_at=now,
    )
    record(order, "document.issued", actor, document=str(document.pk), number=number)
    return document


_NEXT = """
INSERT INTO payments_documentnumber AS number (kind, last) VALUES (%s, 1)
ON CONFLICT (kind) DO UPDATE SET last = number.last + 1 RETURNING last
"""


def _next_number(kind: DocumentKind) -> str:
    """Its row stays locked until the transaction ends, so a rollback leaves no gap."""
    [(serial,)] = fetch(_NEXT, [kind.value])
    return kind.number(serial)
