"""/orders/<id>/ after the return: claims, the deposit, and what is still to be paid."""

from datetime import timedelta

import pytest

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder
from payments.tests.api.returns import bring_back, claim, post
from payments.tests.api.support import data, paid_order
from payments.tests.factories import make_gateway
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


@pytest.fixture
def order(sandbox: Sandbox, staff: User) -> RentalOrder:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    return bring_back(staff, order)


def page(order: RentalOrder) -> str:
    return words(signed_in(order.customer).get(f"/orders/{order.pk}/"))


def test_a_claim_is_shown_before_and_after_it_is_decided(staff: User, order: RentalOrder) -> None:
    assert "Your deposit" not in page(order)
    claim(staff, order, "30.00")
    assert "Damage A bent pole. (being looked at by the shop) 30.00 EUR" in page(order)
    data(post(staff, order, "settle_deposit"))
    shown = page(order)
    assert "Damage A bent pole. (charged) 30.00 EUR" in shown
    assert "Deposit 50.00 EUR Taken from it −30.00 EUR Goes back to you 20.00 EUR" in shown
    assert "Deposit settled" in shown
    assert "Pay the rest" not in shown


def test_what_was_to_be_paid_later_is_shown_with_the_rest(sandbox: Sandbox, staff: User) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    end = (order.rental_end_date + timedelta(days=1)).isoformat()
    data(post(staff, order, "extend", rental_end_date=end, pay_later=True))
    bring_back(staff, order)
    claim(staff, order, "10.00")
    data(post(staff, order, "settle_deposit"))
    assert (
        "(charged) 10.00 EUR Not paid of your order 29.75 EUR Deposit 50.00 EUR"
        " Taken from it for claims −10.00 EUR Kept of it for what was not paid −29.75 EUR"
        " Goes back to you 10.25 EUR" in page(order)
    )


def test_what_is_still_owed_can_be_paid_from_the_page(staff: User, order: RentalOrder) -> None:
    claim(staff, order, "80.00")
    data(post(staff, order, "settle_deposit"))
    shown = page(order)
    assert "Still to be paid 30.00 EUR" in shown
    assert "Pay the rest" in shown
    answer = signed_in(order.customer).post(f"/orders/{order.pk}/pay_balance/")
    assert answer["Location"] == Payment.objects.get(purpose="BALANCE").checkout_url != ""


def test_who_owes_nothing_is_told_so(order: RentalOrder) -> None:
    client = signed_in(order.customer)
    answer = client.post(f"/orders/{order.pk}/pay_balance/", follow=True)
    assert "Nothing is owed for this order." in words(answer)
