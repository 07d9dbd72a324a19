"""Documents follow the books, and nothing of them is ever changed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.models import KitPart
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.domain.deposits import ClaimKind
from payments.domain.documents import DocumentKind
from payments.domain.errors import BooksDiffer, IllegalStep, NothingToInvoice
from payments.models import (
    Document,
    DocumentNumber,
    LedgerEntry,
    OrderEvent,
    OrderQuote,
    Refund,
    RentalOrder,
)
from payments.services import claims, documents
from payments.services.change_plans import Wanted
from payments.services.changes import change_order
from payments.services.deposits import settle_deposit
from payments.services.documents import issue_document
from payments.services.journal import SYSTEM, Actor
from payments.services.ledger import post_refunded
from payments.services.orders import cancel_order, note_no_show
from payments.services.rental import hand_over, take_back
from payments.tests.factories import START, make_gateway, place, place_paid
from payments.tests.races.books import assert_books

pytestmark = pytest.mark.django_db

INVOICE, CREDIT_NOTE = DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE


@pytest.fixture
def staff(db: None) -> User:
    make_gateway()
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(staff: User) -> RentalOrder:
    """119.00 with tax at 19 percent and 53.50 at 7, deposits beside."""
    lower = make_product(tax_rate=Decimal("0.07"))
    return place_paid(make_user(name="Bob Builder"), (make_product(), 2), (lower, 1))


def issue(order: RentalOrder, kind: DocumentKind = INVOICE) -> Document:
    return issue_document(order_id=order.pk, kind=kind, actor=SYSTEM, now=timezone.now()).document


def cost(order: RentalOrder) -> int:
    """What the books say."""
    earned = LedgerEntry.objects.filter(
        transaction__order=order, account__in=["rent", "tax", "fee", "damage"]
    )
    return -sum(earned.values_list("amount_minor", flat=True))


def invoiced(order: RentalOrder) -> int:
    rows = Document.objects.filter(order=order, kind__in=[INVOICE, CREDIT_NOTE])
    return sum(rows.values_list("total_minor", flat=True))


def cancel(order: RentalOrder, by: User) -> None:
    late = order.rental_start_date - timedelta(days=3)  # half is kept
    cancel_order(order_id=order.pk, actor=Actor.of(by), now=late)


def come_back_with(order: RentalOrder, staff: User, kind: ClaimKind, amount: str) -> None:
    for step in (hand_over, take_back):
        step(order_id=order.pk, actor=Actor.of(staff))
    wanted = claims.Wanted(kind, Decimal(amount), "A bent pole.")
    claims.make_claim(order_id=order.pk, wanted=wanted, staff=staff)
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))


def test_an_invoice_is_what_the_books_say(order: RentalOrder) -> None:
    invoice = issue(order)
    assert invoice.total_minor == cost(order) == 17_250
    taxes = invoice.content["totals"]["taxes"]
    assert [(tax["rate"], tax["tax_minor"]) for tax in taxes] == [("0.0700", 350), ("0.1900", 1900)]
    assert invoice.content["account"]["balance_minor"] == 0
    assert_books(at_rest=False)


def test_what_was_issued_is_in_the_history(order: RentalOrder, staff: User) -> None:
    issue_document(order_id=order.pk, kind=INVOICE, actor=Actor.of(staff), now=timezone.now())
    event = OrderEvent.objects.get(fact="document.issued")
    assert (event.user, event.data["number"]) == (staff, "INV-00001")


def test_half_that_is_kept_is_invoiced_anew_by_rate(order: RentalOrder) -> None:
    first = issue(order)
    cancel(order, order.customer)
    second = issue(order)
    note = Document.objects.get(kind=CREDIT_NOTE)
    assert (note.corrects, note.total_minor) == (first, -first.total_minor)
    assert second.total_minor == cost(order) == 8_625
    rates = [
        (line["kind"], line["tax_rate"], line["net_minor"]) for line in second.content["lines"]
    ]
    assert rates == [("KEPT", "0.0700", 2500), ("KEPT", "0.1900", 5000)]
    assert invoiced(order) == cost(order)
    assert_books(at_rest=False)


def test_asking_for_the_credit_note_invoices_what_is_kept_in_the_same_act(
    order: RentalOrder,
) -> None:
    issue(order)
    cancel(order, order.customer)
    assert issue(order, CREDIT_NOTE).number == "CRN-00001"
    assert invoiced(order) == cost(order) == 8_625


def test_an_order_that_was_cancelled_before_it_was_invoiced(order: RentalOrder) -> None:
    cancel(order, order.customer)
    assert issue(order).total_minor == cost(order) == 8_625
    assert not Document.objects.filter(kind=CREDIT_NOTE).exists()


def test_nobody_came(staff: User) -> None:
    order = place_paid(make_user(), (make_product(), 1))
    issue(order)
    note_no_show(
        order_id=order.pk, actor=Actor.of(staff), now=order.rental_start_date + timedelta(hours=1)
    )
    issue(order)
    assert invoiced(order) == cost(order) == 5950


@pytest.mark.parametrize("kind", list(ClaimKind))
def test_claims_come_on_a_further_invoice_without_tax(
    order: RentalOrder, staff: User, kind: ClaimKind
) -> None:
    first = issue(order)
    come_back_with(order, staff, kind, "30.00")
    second = issue(order)
    assert (second.total_minor, second.content["lines"][0]["tax_minor"]) == (3000, 0)
    assert list(order.documents.standing_invoices()) == [first, second]
    assert invoiced(order) == cost(order) == 20_250
    assert_books(at_rest=False)


def test_after_all_numbers_of_five_digits_the_last_invoice_is_the_last(
    order: RentalOrder, staff: User
) -> None:
    DocumentNumber.objects.create(kind=INVOICE, last=99_998)
    issue(order)
    come_back_with(order, staff, ClaimKind.DAMAGE, "30.00")
    second = issue(order)
    found = [invoice.number for invoice in order.documents.standing_invoices()]
    assert found == ["INV-99999", "INV-100000"]
    assert issue(order) == second


def test_rent_and_claims_are_one_invoice_where_there_was_none(
    order: RentalOrder, staff: User
) -> None:
    come_back_with(order, staff, ClaimKind.DAMAGE, "30.00")
    assert issue(order).total_minor == cost(order) == 20_250


def change(order: RentalOrder, kind: ChangeKind, days: int, by: User) -> None:
    """So many days longer or shorter, three days before: half of what is given up is kept."""
    wanted = Wanted(kind, end=order.rental_end_date + timedelta(days=days))
    now = order.rental_start_date - timedelta(days=3)
    change_order(
        order_id=order.pk, wanted=wanted, actor=Actor.of(by), now=now, pays_later=by.is_staff
    )
    order.refresh_from_db()


def test_a_rental_that_grew_longer_is_invoiced_anew(order: RentalOrder, staff: User) -> None:
    first = issue(order)
    change(order, ChangeKind.EXTEND, 1, staff)
    second = issue(order)
    assert Document.objects.get(kind=CREDIT_NOTE).corrects == first
    assert second.total_minor == cost(order) == invoiced(order) > first.total_minor
    owed = second.total_minor - first.total_minor
    assert second.content["account"]["balance_minor"] == owed
    assert_books(at_rest=False)


def test_what_is_kept_of_days_that_were_given_up_is_a_line(order: RentalOrder) -> None:
    issue(order)
    change(order, ChangeKind.SHORTEN, -1, order.customer)
    kinds = [line["kind"] for line in issue(order).content["lines"]]
    assert kinds == ["RENTAL", "RENTAL", "FEE"]
    assert invoiced(order) == cost(order) < 17_250
    cancel(order, order.customer)
    issue(order)
    assert invoiced(order) == cost(order)
    assert_books(at_rest=False)


def test_a_gift_is_no_part_of_the_price_and_balances(order: RentalOrder) -> None:
    refund = Refund.objects.create(
        order=order,
        payment=order.payments.get(),
        status="SUCCEEDED",
        source="STAFF",
        currency="EUR",
        amount_minor=1000,
    )
    with transaction.atomic():
        post_refunded(order, refund)
    account = issue(order).content["account"]
    assert [movement["amount_minor"] for movement in account["movements"]] == [32_250, -1000]
    assert (account["conceded_minor"], account["balance_minor"]) == (1000, 0)


def test_a_name_that_was_wrong_is_mended_by_asking_again(order: RentalOrder) -> None:
    issue(order)
    order.customer.name = "Bob Baumeister"
    order.customer.save()
    second = issue(order)
    assert second.content["customer"]["name"] == "Bob Baumeister"
    note = Document.objects.get(kind=CREDIT_NOTE)
    assert note.content["customer"]["name"] == "Bob Builder"
    assert invoiced(order) == cost(order)


def test_nothing_is_printed_while_lines_and_books_differ(order: RentalOrder) -> None:
    item = order.items.all()[0]
    type(item).objects.filter(pk=item.pk).update(tax_minor=item.tax_minor + 1)
    with pytest.raises(BooksDiffer):
        issue(order)
    assert not Document.objects.exists()


def test_an_order_that_is_not_binding_is_not_invoiced(staff: User) -> None:
    order = place(make_user(), (make_product(), 1))
    for kind in (INVOICE, CREDIT_NOTE):
        with pytest.raises(IllegalStep):
            issue(order, kind)


def test_a_quote_of_a_draft_is_good_until_the_offer_expires(staff: User) -> None:
    order = place(make_user(), (make_product(), 1))
    RentalOrder.objects.filter(pk=order.pk).update(status="DRAFT", hold_expires_at=None)
    plain = issue(order, DocumentKind.QUOTE).content
    assert (plain["valid_until"], plain["is_held"]) == ("", False)
    OrderQuote.objects.create(order=order, expires_at=START)
    offered = issue(order, DocumentKind.QUOTE).content
    assert offered["valid_until"] == START.astimezone(ZoneInfo("Europe/Berlin")).isoformat(
        timespec="minutes"
    )


def test_there_is_nothing_to_take_back_of_an_invoice_that_holds(order: RentalOrder) -> None:
    issue(order)
    with pytest.raises(NothingToInvoice):
        issue(order, CREDIT_NOTE)


def test_an_agreement_that_changed_gets_a_new_number(order: RentalOrder, settings: Any) -> None:
    first, same = (issue(order, DocumentKind.AGREEMENT) for _ in range(2))
    settings.RENTAL_TERMS = "Bring it back dry."
    changed = issue(order, DocumentKind.AGREEMENT)
    assert (first.number, same.number, changed.number) == ("AGR-00001", "AGR-00001", "AGR-00002")


@pytest.mark.parametrize("status", ["CONFIRMED", "DRAFT"])
def test_quotes_and_agreements_tell_what_a_late_return_costs(staff: User, status: str) -> None:
    products = make_product(name="Tent", late_fee_minor=500), make_product()
    order = place_paid(make_user(), *((product, 1) for product in products))
    RentalOrder.objects.filter(pk=order.pk).update(status=status)
    kind = DocumentKind.QUOTE if status == "DRAFT" else DocumentKind.AGREEMENT
    (told,) = issue(order, kind).content["late_fees"]
    assert (told["text"], told["rule"]["amount_minor"]) == ("Tent", 500)


def test_an_agreement_says_what_a_kit_is_made_of(staff: User) -> None:
    """It is what the customer signs for; the invoice says what was ordered."""
    kit = make_product(name="Camp", units=0)
    KitPart.objects.create(kit=kit, part=make_product(name="Chair", units=4), quantity=4)
    camp = place_paid(make_user(), (kit, 1))
    [line] = issue(camp, DocumentKind.AGREEMENT).content["lines"]
    assert line["text"] == "Camp (each 4 × Chair)"
    assert issue(camp).content["lines"] == [{**line, "text": "Camp"}]


def test_a_rollback_puts_the_number_back(
    order: RentalOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(paper: Any) -> bytes:
        raise RuntimeError(paper.number)

    with monkeypatch.context() as patch:
        patch.setattr(documents, "print_pdf", fail)
        with pytest.raises(RuntimeError, match="INV-00001"):
            issue(order)
    assert not DocumentNumber.objects.exists()
    assert issue(order).number == "INV-00001"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_document SET total_minor = 0",
        "UPDATE payments_document SET pdf = ''",
        "DELETE FROM payments_document",
        "TRUNCATE payments_document",
    ],
)
def test_the_database_refuses_every_change(order: RentalOrder, statement: str) -> None:
    issue(order)
    connection.check_constraints()  # or TRUNCATE fails for another reason
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_invoice_is_taken_back_once(order: RentalOrder) -> None:
    issue(order)
    cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    issue(order, CREDIT_NOTE)
    with pytest.raises(NothingToInvoice):
        issue(order, CREDIT_NOTE)
    assert invoiced(order) == cost(order) == 0
