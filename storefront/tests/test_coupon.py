"""/products/<slug>/ : price rules, quantity discounts and coupons on the page of a product."""

import re

import pytest
from django.test import Client

from catalog.models import PriceRule, QuantityDiscount
from catalog.tests.factories import make_product
from payments.models import RentalOrder
from payments.services import coupon_tries
from payments.tests.factories import make_coupon, make_gateway, make_user
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import choice, signed_in, words


@pytest.mark.django_db
def test_the_page_says_when_and_from_how_many_on_the_price_changes(client: Client) -> None:
    product = make_product()
    PriceRule.objects.create(name="Weekend", percent=10, weekdays=[6, 7], product=product)
    QuantityDiscount.objects.create(product=product, min_quantity=5, percent=15)
    page = words(client.get(f"/products/{product.slug}/"))
    assert "Weekend Saturday, Sunday +10 % From 5 units −15 %" in page


@pytest.mark.django_db
def test_a_coupon_lowers_the_price_that_is_shown(client: Client) -> None:
    make_coupon()
    product = make_product()
    page = words(client.get(f"/products/{product.slug}/", choice(coupon="summer")))
    assert "2 × 1 day, coupon SUMMER −10 %: 90.00 EUR for 2 units" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "sentence"),
    [("winter", "There is no such coupon."), ("gone", "This coupon has been used as often")],
)
def test_a_coupon_that_is_refused_is_explained(client: Client, code: str, sentence: str) -> None:
    make_coupon(code="GONE", max_redemptions=0)
    product = make_product()
    page = words(client.get(f"/products/{product.slug}/", choice(coupon=code)))
    assert sentence in page
    assert "Your price" not in page


@pytest.mark.django_db
def test_who_guesses_codes_has_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """R21: also without an account, by address."""
    monkeypatch.setattr(coupon_tries, "WRONG_PER_PEER", 3)
    make_coupon()
    url = f"/products/{make_product().slug}/"
    for number in range(3):
        assert "no such coupon" in words(client.get(url, choice(coupon=f"CODE-{number}")))
    page = words(client.get(url, choice(coupon="SUMMER")))
    assert "Too many coupon codes" in page
    assert "Your price" not in page
    assert "Your price" in words(client.get(url, choice()))


@pytest.mark.django_db(transaction=True)
def test_the_order_has_the_price_that_was_shown(sandbox: Sandbox) -> None:
    make_gateway()
    make_coupon()
    product = make_product()
    browser = signed_in(make_user())
    url = f"/products/{product.slug}/"
    shown = browser.get(url, choice(coupon="summer")).content.decode()
    key = re.search(r'name="key" value="([0-9a-f]{32})"', shown)
    assert key is not None
    answer = browser.post(url, {**choice(coupon="summer"), "key": key[1], "notes": ""})
    assert answer.status_code == 302
    order = RentalOrder.objects.get()
    assert order.rent_minor == 9000
    page = words(browser.get(f"/orders/{order.pk}/"))
    assert "2 × 1 day, coupon SUMMER −10 %: 90.00 EUR for 2 units" in page
