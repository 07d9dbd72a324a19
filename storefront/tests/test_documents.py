"""/orders/<id>/documents/ : the papers of an order."""

from typing import Any

import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Document, RentalOrder
from payments.tests.api.returns import bring_back, claim, post
from payments.tests.api.support import data
from payments.tests.factories import make_gateway, pay_balance, place, place_paid
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db: None) -> User:
    make_gateway()
    return make_user("alice@example.com")


@pytest.fixture
def order(alice: User) -> RentalOrder:
    return place_paid(alice, (make_product(), 2))


def ask(user: User, order: RentalOrder, kind: str) -> Any:
    return signed_in(user).post(f"/orders/{order.pk}/documents/", {"kind": kind}, follow=True)


def test_a_customer_opens_the_invoice_from_the_order(alice: User, order: RentalOrder) -> None:
    page = signed_in(alice).get(f"/orders/{order.pk}/")
    assert "Documents Invoice as PDF" in words(page)
    answer = ask(alice, order, "INVOICE")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer["Cache-Control"]
    page = signed_in(alice).get(f"/orders/{order.pk}/")
    assert "Invoice INV-00001" in words(page)
    document = Document.objects.get()
    assert f'href="/orders/{order.pk}/documents/{document.pk}/"' in page.content.decode()


def test_a_receipt_is_offered_once_there_is_one_to_have(alice: User, order: RentalOrder) -> None:
    staff = make_user(role=Role.STAFF)
    ask(alice, order, "INVOICE")
    assert "Receipt as PDF" not in words(signed_in(alice).get(f"/orders/{order.pk}/"))
    bring_back(staff, order)
    claim(staff, order, "130.00")
    data(post(staff, order, "settle_deposit"))
    pay_balance(order)
    assert "Receipt as PDF" in words(signed_in(alice).get(f"/orders/{order.pk}/"))
    assert ask(alice, order, "RECEIPT").content.startswith(b"%PDF-")
    page = words(signed_in(alice).get(f"/orders/{order.pk}/"))
    assert "Receipt RCP-00001" in page
    assert "Receipt as PDF" not in page


def test_the_same_paper_opens_again(alice: User, order: RentalOrder) -> None:
    first, second = (ask(alice, order, "INVOICE") for _ in range(2))
    assert first.content == second.content
    assert Document.objects.count() == 1


def test_before_paying_there_is_a_quote(alice: User) -> None:
    order = place(alice, (make_product(), 1))
    page = words(signed_in(alice).get(f"/orders/{order.pk}/"))
    assert "Quote as PDF" in page
    assert "Invoice as PDF" not in page
    assert ask(alice, order, "QUOTE").content.startswith(b"%PDF-")


def test_staff_print_the_agreement(alice: User, order: RentalOrder) -> None:
    staff = make_user(role=Role.STAFF)
    assert "Agreement as PDF" in words(signed_in(staff).get(f"/orders/{order.pk}/"))
    assert "Agreement as PDF" not in words(signed_in(alice).get(f"/orders/{order.pk}/"))
    assert ask(staff, order, "AGREEMENT").content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("AGREEMENT", "not allowed"), ("QUOTE", "There is no quote"), ("NONSENSE", "Documents")],
)
def test_what_is_refused_says_why(alice: User, order: RentalOrder, kind: str, said: str) -> None:
    assert said in words(ask(alice, order, kind))
    assert not Document.objects.exists()


def test_somebody_elses_papers_are_not_there(alice: User, order: RentalOrder) -> None:
    ask(alice, order, "INVOICE")
    path = f"/orders/{order.pk}/documents/{Document.objects.get().pk}/"
    bob = make_user()
    assert signed_in(bob).get(path).status_code == 404
    assert ask(bob, order, "INVOICE").status_code == 404
    other = place_paid(bob, (make_product(), 1))
    moved = path.replace(str(order.pk), str(other.pk))
    assert signed_in(bob).get(moved).status_code == 404
