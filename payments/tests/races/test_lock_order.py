"""Whoever locks, locks in one order (rule R11): key, order, customer, payment, units."""

from collections import Counter
from functools import partial

import pytest
from django.conf import LazySettings

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain import facts
from payments.domain.errors import TooManyPending
from payments.domain.facts import PaymentFact
from payments.models import Payment
from payments.services.settlement import absorb
from payments.tests.factories import make_gateway, make_user, period, place
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import in_processes

pytestmark = pytest.mark.django_db(transaction=True)


def order_or_lose(customer: User, product: Product, lost: list[str], n: int) -> str:
    """Every other one places a new order; the rest hear that an earlier checkout is over."""
    if n % 2:
        place(customer, (product, 1), when=period(20), key=f"new-{n}")
        return "placed"
    payment = Payment.objects.get(pk=lost[n // 2])
    absorb(payment, [PaymentFact(facts.CANCELLED, payment_id=str(payment.pk))])
    return "lost"


def test_the_limit_on_unpaid_orders_holds_for_orders_placed_at_once(
    settings: LazySettings,
) -> None:
    """F08: hoarding is not a question of being quick."""
    settings.MAX_PENDING_ORDERS = 3
    make_gateway()
    customer, product = make_user(), make_product(units=50)

    def order_one(n: int) -> str:
        try:
            place(customer, (product, 1), key=f"quick-{n}")
        except TooManyPending:
            return "refused"
        return "placed"

    assert Counter(in_processes(4, 5, order_one)) == {"placed": 3, "refused": 17}
    assert_books(at_rest=False)


def test_a_customer_who_orders_again_as_his_checkouts_expire_meets_no_deadlock(
    settings: LazySettings,
) -> None:
    settings.MAX_PENDING_ORDERS = 1000
    make_gateway()
    customer, product = make_user(), make_product(units=200)
    for _ in range(100):
        place(customer, (product, 1), when=period(20))
    lost = [str(pk) for pk in Payment.objects.values_list("pk", flat=True)]
    for turn in range(5):
        some = lost[turn * 20 : turn * 20 + 20]
        heard = in_processes(4, 10, partial(order_or_lose, customer, product, some))
        assert sorted(heard) == ["lost"] * 20 + ["placed"] * 20, heard
    assert_books(at_rest=False)
