"""The same request is carried out once (R12); with keys over HTTP see test_checkout.py."""

from datetime import timedelta

import pytest
from django.db.models import F

from accounts.models import User
from catalog.models import Product
from catalog.tests.factories import make_product
from common.errors import KeyReused
from payments.domain.errors import OutOfStock
from payments.models import IdempotencyKey, RentalOrder
from payments.services import orders
from payments.services.idempotency import Request
from payments.services.journal import Actor
from payments.services.quotes import CartLine
from payments.services.sweep import forget_old_requests
from payments.tests.factories import START, make_gateway, make_user, period
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import answers, together

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)

CART, OTHER_CART = "a" * 64, "b" * 64


def order(
    customer: User, product: Product, *, key: str = "", fingerprint: str = CART
) -> RentalOrder:
    cart = orders.Cart([CartLine(product.pk, 1)], period())
    request = Request(key, fingerprint)
    return orders.place_order(customer=customer, cart=cart, request=request).order


def time_passes(by: timedelta) -> None:
    IdempotencyKey.objects.update(created_at=F("created_at") - by)


@committed
def test_a_double_click_without_a_key_makes_one_order() -> None:
    make_gateway()
    customer, product = make_user(), make_product(units=20)
    made = answers(together([lambda: order(customer, product)] * 10))
    assert len({row.pk for row in made}) == 1
    assert_books(at_rest=False)


def test_an_equal_cart_a_minute_later_is_another_order() -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    first = order(customer, product)
    time_passes(timedelta(seconds=61))
    assert order(customer, product) != first
    assert_books(at_rest=False)


def test_an_equal_cart_after_the_first_was_cancelled_is_another_order() -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    first = order(customer, product)
    orders.cancel_order(order_id=first.pk, actor=Actor.of(customer), now=START)
    second = order(customer, product)
    assert second != first
    assert order(customer, product) == second


def test_a_key_stands_for_its_order_whatever_became_of_that() -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    first = order(customer, product, key="k")
    orders.cancel_order(order_id=first.pk, actor=Actor.of(customer), now=START)
    assert order(customer, product, key="k") == first


def test_a_key_with_another_request_is_refused_until_it_is_a_day_old() -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    first = order(customer, product, key="k")
    time_passes(timedelta(hours=23))
    with pytest.raises(KeyReused):
        order(customer, product, key="k", fingerprint=OTHER_CART)
    time_passes(timedelta(hours=2))
    assert order(customer, product, key="k", fingerprint=OTHER_CART) != first


def test_a_request_that_was_refused_may_be_sent_again_with_its_key() -> None:
    """Only what was done is remembered: there is nothing of the refusal."""
    make_gateway()
    customer, product = make_user(), make_product(units=0)
    with pytest.raises(OutOfStock):
        order(customer, product, key="k")
    assert not IdempotencyKey.objects.exists()
    Product.objects.update(units=1)
    assert order(customer, product, key="k").status == "PENDING"


def test_old_requests_are_forgotten_and_young_ones_are_not() -> None:
    make_gateway()
    customer, product = make_user(), make_product()
    order(customer, product, key="old")
    time_passes(timedelta(hours=25))
    order(customer, product, key="young")
    assert forget_old_requests() == 1
    assert IdempotencyKey.objects.get().key == "key:young"
