"""Receipts: what was paid after the invoice, told once, and no part of what the order costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.domain.deposits import ClaimKind
from payments.domain.documents import DocumentKind
from payments.domain.errors import NothingToReceipt
from payments.models import Document, RentalOrder
from payments.services.change_plans import Wanted
from payments.services.changes import change_order
from payments.services.claims import Wanted as Claimed
from payments.services.claims import make_claim
from payments.services.deposits import settle_deposit
from payments.services.documents import is_paid_since, issue_document
from payments.services.journal import SYSTEM, Actor
from payments.services.ledger import post_refund_failed, post_refunded
from payments.services.rental import hand_over, take_back
from payments.tests.factories import make_gateway, pay_balance, place_paid
from payments.tests.races.books import assert_books, broken

pytestmark = pytest.mark.django_db

INVOICE, RECEIPT = DocumentKind.INVOICE, DocumentKind.RECEIPT
A_DAY_PAID = 2975


@pytest.fixture
def staff(db: None) -> User:
    make_gateway()
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(staff: User) -> RentalOrder:
    """Two days for 59.50, paid with 50.00 of deposit."""
    return place_paid(make_user(name="Bob Builder"), (make_product(), 1))


def issue(order: RentalOrder, kind: DocumentKind = RECEIPT) -> Document:
    return issue_document(order_id=order.pk, kind=kind, actor=SYSTEM, now=timezone.now()).document


def one_day_longer(order: RentalOrder, staff: User) -> None:
    """To be paid later."""
    order.refresh_from_db()
    wanted = Wanted(ChangeKind.EXTEND, end=order.rental_end_date + timedelta(days=1))
    change_order(
        order_id=order.pk,
        wanted=wanted,
        actor=Actor.of(staff),
        now=timezone.now(),
        pays_later=True,
    )


def damaged(order: RentalOrder, staff: User, amount: str) -> None:
    for step in (hand_over, take_back):
        step(order_id=order.pk, actor=Actor.of(staff))
    wanted = Claimed(ClaimKind.DAMAGE, Decimal(amount), "A bent pole.")
    make_claim(order_id=order.pk, wanted=wanted, staff=staff)
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))


def amounts(receipt: Document) -> list[int]:
    return [paid["amount_minor"] for paid in receipt.content["payments"]]


def invoiced(order: RentalOrder) -> int:
    rows = Document.objects.filter(order=order, kind__in=["INVOICE", "CREDIT_NOTE"])
    return sum(rows.values_list("total_minor", flat=True))


def test_what_is_paid_after_the_invoice_gets_a_receipt(order: RentalOrder, staff: User) -> None:
    one_day_longer(order, staff)
    invoice = issue(order, INVOICE)
    pay_balance(order)
    receipt = issue(order)
    assert (receipt.number, receipt.total_minor) == ("RCP-00001", A_DAY_PAID)
    assert amounts(receipt) == [A_DAY_PAID]
    assert receipt.content["invoices"] == [invoice.number]
    account = receipt.content["account"]
    assert [moved["amount_minor"] for moved in account["movements"]] == [10950, A_DAY_PAID]
    assert (account["cost_minor"], account["balance_minor"]) == (8925, 0)
    assert_books(at_rest=False)


def test_it_is_no_part_of_what_the_order_costs(order: RentalOrder, staff: User) -> None:
    """I28: invoices less credit notes are the books, with receipts and without."""
    issue(order, INVOICE)
    damaged(order, staff, "70.00")
    pay_balance(order)
    assert issue(order).total_minor == 2000
    assert invoiced(order) == 5950  # the damage is not invoiced yet, and nothing is wrong
    assert_books(at_rest=False)
    issue(order, INVOICE)
    assert invoiced(order) == 5950 + 7000
    assert_books(at_rest=False)


def test_each_payment_is_told_once(order: RentalOrder, staff: User) -> None:
    issue(order, INVOICE)
    for _ in range(2):
        one_day_longer(order, staff)
        pay_balance(order)
    first = issue(order)
    assert amounts(first) == [A_DAY_PAID, A_DAY_PAID]
    assert issue(order) == first
    one_day_longer(order, staff)
    pay_balance(order)
    second = issue(order)
    assert (second.number, amounts(second)) == ("RCP-00002", [A_DAY_PAID])
    assert_books(at_rest=False)


def test_what_the_next_invoice_tells_needs_no_receipt(order: RentalOrder, staff: User) -> None:
    issue(order, INVOICE)
    one_day_longer(order, staff)
    pay_balance(order)
    issue(order, INVOICE)
    with pytest.raises(NothingToReceipt):
        issue(order)


@pytest.mark.parametrize("with_invoice", [False, True])
def test_without_a_later_payment_there_is_none(order: RentalOrder, with_invoice: bool) -> None:
    """Nor without an invoice, which tells what was paid before it."""
    if with_invoice:
        issue(order, INVOICE)
    with pytest.raises(NothingToReceipt):
        issue(order)
    assert not Document.objects.filter(kind=RECEIPT).exists()


def test_a_refund_that_comes_back_is_no_payment(order: RentalOrder) -> None:
    issue(order, INVOICE)
    refund = order.refunds.create(
        payment=order.payments.get(),
        status="FAILED",
        source="STAFF",
        currency="EUR",
        amount_minor=1000,
    )
    with transaction.atomic():
        post_refunded(order, refund)
        post_refund_failed(order, refund)
    with pytest.raises(NothingToReceipt):
        issue(order)


def test_it_is_offered_while_a_payment_is_not_told(order: RentalOrder, staff: User) -> None:
    def is_due() -> bool:
        return is_paid_since(order, order.documents.listed())

    one_day_longer(order, staff)
    assert not is_due()
    issue(order, INVOICE)
    assert not is_due()
    pay_balance(order)
    assert is_due()
    issue(order)
    assert not is_due()


def test_the_audit_finds_a_receipt_that_says_something_else(
    order: RentalOrder, staff: User
) -> None:
    """I28"""
    issue(order, INVOICE)
    one_day_longer(order, staff)
    pay_balance(order)
    receipt = issue(order)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE payments_document SET total_minor = 2974 WHERE id = %s", [receipt.pk]
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert [name for name in broken() if name.startswith("I28 a receipt")]
