"""Whose rule for late returns a product has: its own, the shop's, or none (D4)."""

from datetime import timedelta
from typing import Any, Final

import pytest
from pytest_django import Settings

from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.domain.late_fees import LateFee, LateUnit
from payments.services.late_fees import rule_of
from payments.tests.factories import make_gateway, place

HALF_AN_HOUR = timedelta(minutes=30)
THE_SHOP_S: Final = LateFee(500, LateUnit.HOUR, HALF_AN_HOUR, cap_minor=5000)


@pytest.fixture
def shop(settings: Settings) -> Settings:
    settings.LATE_FEE_MINOR = 500
    settings.LATE_FEE_UNIT = "HOUR"
    settings.LATE_GRACE = HALF_AN_HOUR
    settings.LATE_CAP_MINOR = 5000
    return settings


@pytest.mark.parametrize(
    ("product", "rule"),
    [
        ({}, THE_SHOP_S),
        ({"late_fee_minor": 900}, LateFee(900)),  # its own is whole: none of it is the shop's
        (
            {"late_fee_minor": 1, "late_fee_unit": "HOUR", "late_grace": timedelta(days=1)},
            LateFee(1, LateUnit.HOUR, timedelta(days=1)),
        ),
        ({"late_cap_minor": 100, "late_grace": timedelta(days=1)}, THE_SHOP_S),
        ({"currency": "JPY"}, LateFee(0)),  # 5.00 EUR are not 500 JPY
        ({"currency": "JPY", "late_fee_minor": 700}, LateFee(700)),
    ],
)
def test_a_product_has_its_own_rule_or_else_the_shop_s(
    shop: Settings, product: dict[str, Any], rule: LateFee
) -> None:
    assert rule_of(Product(**{"currency": "EUR"} | product)) == rule


def test_a_fee_of_nothing_switches_the_shop_s_rule_off(shop: Settings) -> None:
    assert rule_of(Product(currency="EUR", late_fee_minor=0)).as_json() is None


def test_a_shop_that_says_nothing_asks_for_nothing() -> None:
    assert rule_of(Product(currency="EUR")).as_json() is None


@pytest.mark.django_db
def test_the_shop_s_rule_is_kept_with_the_order(shop: Settings) -> None:
    """D3.5: what the shop changes later does not touch it."""
    make_gateway()
    order = place(make_user(), (make_product(), 2))
    shop.LATE_FEE_MINOR = 99_000
    assert LateFee.parse(order.items.get().late_fee) == THE_SHOP_S
