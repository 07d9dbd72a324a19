"""POST /payments/rental-orders/{id}/pay_balance/"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import Payment, RentalOrder
from payments.services.pursuit import pursue_payment
from payments.tests.api.returns import accounts, bring_back, claim, post
from payments.tests.api.support import data, paid_order, refusal
from payments.tests.factories import make_gateway
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import together
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import DECLINED, Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owing(sandbox: Sandbox) -> RentalOrder:
    """A deposit of 50.00, claims of 80.00: the customer owes 30.00."""
    staff = make_user(role=Role.STAFF)
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    bring_back(staff, order)
    claim(staff, order, "80.00")
    data(post(staff, order, "settle_deposit"))
    return order


def page(order: RentalOrder) -> Payment:
    shown = data(post(order.customer, order, "pay_balance"))
    assert (shown["amount"], shown["currency"]) == ("30.00", "EUR")
    payment = Payment.objects.get(session_id=shown["session_id"])
    assert payment.checkout_url == shown["checkout_url"] != ""
    return payment


def test_the_balance_is_paid_and_the_order_done(sandbox: Sandbox, owing: RentalOrder) -> None:
    payment = page(owing)
    assert (payment.purpose, payment.amount_minor) == ("BALANCE", 3000)
    assert page(owing) == payment  # it is open still
    assert_books(sandbox, at_rest=False)
    sandbox.pay(payment.session_id)
    quiet()
    owing.refresh_from_db()
    assert owing.status == "COMPLETED"
    assert "customer" not in accounts(owing)
    refusal(post(owing.customer, owing, "pay_balance"), 409, "nothing_owed")
    assert_books(sandbox)


def test_a_declined_card_leaves_the_page_open(sandbox: Sandbox, owing: RentalOrder) -> None:
    payment = page(owing)
    sandbox.pay(payment.session_id, DECLINED)
    pursue_payment(payment.pk)
    assert page(owing) == payment
    owing.refresh_from_db()
    assert owing.status == "RETURNED"


def test_a_page_whose_time_is_over_is_followed_by_a_new_one(
    sandbox: Sandbox, owing: RentalOrder
) -> None:
    first = page(owing)
    Payment.objects.filter(pk=first.pk).update(payable_until=timezone.now() - timedelta(seconds=1))
    second = page(owing)
    assert second != first
    first.refresh_from_db()
    assert first.status == "CANCELLED"
    sandbox.pay(second.session_id)
    quiet()
    assert_books(sandbox)


def test_the_gateway_may_be_away(sandbox: Sandbox, owing: RentalOrder) -> None:
    sandbox.fault(kind="status_429", method="POST", path="/v1/checkout/sessions", times=3)
    refusal(post(owing.customer, owing, "pay_balance"), 503, "gateway_unavailable")
    sandbox.heal()
    payment = page(owing)
    assert owing.payments.filter(purpose="BALANCE").get() == payment


def test_many_clicks_open_one_page(sandbox: Sandbox, owing: RentalOrder) -> None:
    """I19"""
    heard = together([lambda: post(owing.customer, owing, "pay_balance").status_code] * 6)
    assert set(heard) <= {200, 409}
    page(owing)
    assert owing.payments.filter(purpose="BALANCE").count() == 1


def test_nothing_is_asked_before_the_deposit_is_settled(sandbox: Sandbox) -> None:
    staff: User = make_user(role=Role.STAFF)
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    bring_back(staff, order)
    claim(staff, order, "80.00")
    refusal(post(order.customer, order, "pay_balance"), 409, "nothing_owed")
