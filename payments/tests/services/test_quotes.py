"""D3.3: which rules and discounts of the catalog a cart is priced by."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import PriceRule, Product, QuantityDiscount
from catalog.tests.factories import make_category, make_product
from payments.domain.pricing import Adjustment
from payments.services.quotes import CartLine, QuoteLine, quote_cart
from payments.tests.factories import period

pytestmark = pytest.mark.django_db

# A Thursday of next year, at ten in the morning UTC.
THURSDAY = datetime(timezone.now().year + 1, 7, 1, 10, tzinfo=UTC)
while THURSDAY.isoweekday() != 4:
    THURSDAY = THURSDAY.replace(day=THURSDAY.day + 1)


def quoted(product: Product, quantity: int = 1, **more: Any) -> QuoteLine:
    """Two days from that Thursday."""
    cart = [CartLine(product.pk, quantity)]
    [line] = quote_cart(cart, period(start=THURSDAY), timezone.now(), **more).lines
    return line


def rule(**values: Any) -> PriceRule:
    defaults = {"name": "Rule", "percent": Decimal(10), "weekdays": [4, 5]}
    return PriceRule.objects.create(**{**defaults, **values})


def test_a_rule_is_for_all_products_or_for_a_category_or_for_one_product() -> None:
    product, other = make_product(), make_product()
    rule(name="All")
    rule(name="Category", category=product.category)
    rule(name="Product", product=product)
    rule(name="Other category", category=make_category())
    rule(name="Retired", is_active=False)
    assert [step.name for step in quoted(product).price.steps] == ["All", "Category", "Product"]
    assert [step.name for step in quoted(other).price.steps] == ["All"]
    assert quoted(product).price.rent_minor == 6655  # 50.00 three times 10 % more


def test_a_season_comes_every_year_if_it_says_so() -> None:
    product = make_product()
    season = {"first_on": date(2020, 7, 1), "last_on": date(2020, 7, 31), "weekdays": []}
    rule(name="Once", **season)
    rule(name="July", every_year=True, percent=Decimal("12.5"), **season)
    assert quoted(product).price.explanation == "2 × 1 day, July +12.5 %: 56.25 EUR"


def test_a_quantity_discount_is_the_product_s_own() -> None:
    product, other = make_product(), make_product()
    QuantityDiscount.objects.create(product=product, min_quantity=3, percent=Decimal(10))
    assert quoted(product, 3).price.rent_minor == 13500
    assert quoted(product, 2).price.rent_minor == 10000
    assert quoted(other, 3).price.rent_minor == 15000


def test_staff_change_the_price_of_a_line_by_hand() -> None:
    product = make_product()
    cheaper = Adjustment("Regular customer", percent=Decimal(-20))
    line = quoted(product, 2, adjustments={product.pk: cheaper})
    assert line.price.explanation == ("2 × 1 day, Regular customer −20 %: 80.00 EUR for 2 units")
