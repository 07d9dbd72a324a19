"""/payments/rental-orders/{id}/documents/ and …/documents/{document_id}/"""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Document, RentalOrder
from payments.tests.api.returns import bring_back, claim, post
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, pay_balance, place, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(db: None) -> User:
    make_gateway()
    return make_user("bob@example.com", name="Bob Builder")


@pytest.fixture
def order(customer: User) -> RentalOrder:
    return place_paid(customer, (make_product(name="Tent"), 2))


def url(order: RentalOrder, document: Any = None) -> str:
    return f"/payments/rental-orders/{order.pk}/documents/" + (
        f"{document['id']}/" if document else ""
    )


def issue(user: User, order: RentalOrder, kind: str = "INVOICE") -> Any:
    return post(user, order, "documents", kind=kind)


def text_of(user: User, order: RentalOrder, document: Any) -> str:
    answer = api_client(user).get(url(order, document))
    assert answer.status_code == 200
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_the_owner_has_an_invoice_of_what_was_paid(order: RentalOrder, settings: Any) -> None:
    settings.SHOP_ADDRESS, settings.SHOP_TAX_ID = "Harbour 1 | 20457 Hamburg", "DE123"
    issued = data(issue(order.customer, order), 201)
    assert (issued["kind"], issued["number"]) == ("INVOICE", "INV-00001")
    assert (issued["total_amount"], issued["currency"]) == ("119.00", "EUR")
    text = text_of(order.customer, order, issued)
    for part in (
        *("Harbour 1", "20457 Hamburg", "DE123", "Bob Builder", "bob@example.com"),
        *(order.order_number, "INV-00001", "Europe/Berlin", "Tent", "119.00 EUR"),
        *("Tax 19 % on 100.00 EUR", "Deposit in our keeping", "-219.00 EUR", "0.00 EUR"),
    ):
        assert part in text, part


def test_the_same_document_comes_again_if_nothing_has_changed(order: RentalOrder) -> None:
    first = data(issue(order.customer, order), 201)
    before = rows()
    assert data(issue(order.customer, order)) == first
    assert rows() == before


def test_the_file_is_private_and_has_a_name_and_a_tag(order: RentalOrder) -> None:
    issued = data(issue(order.customer, order), 201)
    client = api_client(order.customer)
    answer = client.get(url(order, issued))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="INV-00001.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["ETag"] == f'"{issued["sha256"]}"'
    assert answer.content.startswith(b"%PDF-")
    again = client.get(url(order, issued), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_documents_are_listed_newest_first_in_pages(order: RentalOrder, staff: User) -> None:
    issued = [data(issue(staff, order, kind), 201) for kind in ("AGREEMENT", "INVOICE")]
    for user in (staff, order.customer):
        answer = api_client(user).get(url(order))
        assert data(answer) == issued[::-1]
        assert answer.json()["pagination"]["count"] == 2
    (only,) = data(api_client(staff).get(url(order), {"page_size": 1}))
    assert only == issued[1]


def test_a_list_reads_no_files(
    order: RentalOrder, staff: User, django_assert_num_queries: Any
) -> None:
    for kind in ("AGREEMENT", "INVOICE"):
        data(issue(staff, order, kind), 201)
    client = api_client(staff)
    with django_assert_num_queries(4) as asked:  # user, order, count, documents
        data(client.get(url(order)))
    assert all("pdf" not in str(query["sql"]) for query in asked.captured_queries)


def test_somebody_elses_documents_are_not_there(order: RentalOrder) -> None:
    issued = data(issue(order.customer, order), 201)
    other = place_paid(make_user(), (make_product(), 1))
    for answer in (
        api_client(other.customer).get(url(order)),
        api_client(other.customer).get(url(order, issued)),
        api_client(other.customer).get(url(other, issued)),
        issue(other.customer, order),
    ):
        refusal(answer, 404, "not_found")
    assert Document.objects.count() == 1


def test_a_customer_asks_for_a_quote_while_nothing_is_paid(customer: User) -> None:
    order = place(customer, (make_product(name="Tent"), 2))
    issued = data(issue(customer, order, "QUOTE"), 201)
    assert issued["number"] == "QUO-00001"
    assert "held for you until" in text_of(customer, order, issued)
    refusal(issue(customer, order), 409, "illegal_status")


@pytest.mark.parametrize("kind", ["AGREEMENT", "CREDIT_NOTE"])
def test_agreements_and_credit_notes_are_for_staff_to_issue(order: RentalOrder, kind: str) -> None:
    refusal(issue(order.customer, order, kind), 403, "not_permitted")
    assert not Document.objects.exists()


def test_an_agreement_has_terms_and_room_to_sign(
    order: RentalOrder, staff: User, settings: Any
) -> None:
    settings.RENTAL_TERMS = "Bring it back dry."
    text = text_of(staff, order, data(issue(staff, order, "AGREEMENT"), 201))
    for part in ("Bring it back dry.", "Date, signature: Bob Builder", "100 % of rent and tax"):
        assert part in text, part
    refusal(issue(staff, order, "QUOTE"), 409, "illegal_status")


def test_a_claim_that_was_settled_is_on_a_further_invoice(order: RentalOrder, staff: User) -> None:
    data(issue(staff, order), 201)
    bring_back(staff, order)
    claim(staff, order, "30.00")
    data(post(staff, order, "settle_deposit"))
    further = data(issue(order.customer, order), 201)
    assert (further["number"], further["total_amount"]) == ("INV-00002", "30.00")
    assert "Damage: A bent pole." in text_of(staff, order, further)


def test_a_cancelled_order_has_its_invoice_taken_back(order: RentalOrder, staff: User) -> None:
    invoice = data(issue(staff, order), 201)
    refusal(issue(staff, order, "CREDIT_NOTE"), 409, "nothing_to_invoice")
    assert post(staff, order, "cancel_order").status_code == 200
    note = data(issue(staff, order, "CREDIT_NOTE"), 201)
    assert (note["number"], note["total_amount"]) == ("CRN-00001", "-119.00")
    assert note["corrects_id"] == invoice["id"]
    assert "takes back invoice INV-00001" in text_of(staff, order, note)
    refusal(issue(staff, order), 409, "nothing_to_invoice")


def test_what_was_paid_after_the_invoice_gets_a_receipt(order: RentalOrder, staff: User) -> None:
    data(issue(order.customer, order), 201)
    refusal(issue(order.customer, order, "RECEIPT"), 409, "nothing_to_receipt")
    bring_back(staff, order)
    claim(staff, order, "130.00")
    data(post(staff, order, "settle_deposit"))
    pay_balance(order)
    receipt = data(issue(order.customer, order, "RECEIPT"), 201)
    assert (receipt["number"], receipt["total_amount"]) == ("RCP-00001", "30.00")
    text = text_of(order.customer, order, receipt)
    for part in (
        *("Receipt RCP-00001", "Bob Builder", order.order_number, "Received 30.00 EUR"),
        *("for invoice INV-00001", "Price of this order 249.00 EUR", "Still to pay 0.00 EUR"),
    ):
        assert part in text, part
    assert "Description" not in text
    assert data(issue(order.customer, order, "RECEIPT")) == receipt


@pytest.mark.parametrize("body", [{}, {"kind": "RECEIPTS"}, {"kind": "INVOICE", "number": "1"}])
def test_a_body_that_is_not_good_is_refused(order: RentalOrder, body: Any) -> None:
    refusal(post(order.customer, order, "documents", **body), 400, "invalid")


def test_staff_open_a_document_from_the_admin(order: RentalOrder, staff: User) -> None:
    issued = data(issue(staff, order), 201)
    client = Client()
    client.force_login(staff)
    page = client.get(f"/admin/payments/document/?q={order.order_number}")
    assert "INV-00001" in page.content.decode()
    at = f"/admin/payments/document/{issued['id']}/"
    assert "Open the PDF" in client.get(f"{at}change/").content.decode()
    answer = client.get(f"{at}pdf/", follow=True)
    assert answer.content.startswith(b"%PDF-")
    assert (
        "INV-00001"
        in client.get(f"/admin/payments/rentalorder/{order.pk}/change/").content.decode()
    )
