"""D3.3: which price rules and discounts there can be, and for which products."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import PriceRule, QuantityDiscount
from catalog.tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

SEASON = {"first_on": "2027-06-01", "last_on": "2027-08-31"}


@pytest.mark.parametrize(
    "values",
    [
        {"weekdays": []},
        {"weekdays": [0]},
        {"weekdays": [8]},
        {"percent": Decimal(0)},
        {"percent": Decimal("-90.01")},
        {"percent": Decimal("500.01")},
        {"first_on": "2027-06-01"},
        {"last_on": "2027-06-01"},
        {"first_on": "2027-06-02", "last_on": "2027-06-01"},
        {"every_year": True},
    ],
    ids=str,
)
def test_the_database_refuses_an_impossible_rule(values: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"name": "Rule", "percent": Decimal(10), "weekdays": [1]}
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceRule.objects.create(**{**sound, **values})


def test_a_rule_is_not_for_a_product_and_a_category_at_once() -> None:
    product = make_product()
    both = {"product": product, "category": product.category}
    rule = PriceRule(name="Rule", percent=Decimal(10), **SEASON, **both)
    with pytest.raises(ValidationError, match="not for both"):
        rule.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        rule.save()


@pytest.mark.parametrize(
    "values", [{"min_quantity": 1}, {"percent": 0}, {"percent": Decimal("90.01")}], ids=str
)
def test_the_database_refuses_an_impossible_discount(values: dict[str, Any]) -> None:
    sound = {"min_quantity": 2, "percent": Decimal(10), "product": make_product()}
    with pytest.raises(IntegrityError), transaction.atomic():
        QuantityDiscount.objects.create(**{**sound, **values})


def test_a_product_has_one_discount_from_each_quantity() -> None:
    product = make_product()
    QuantityDiscount.objects.create(product=product, min_quantity=5, percent=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuantityDiscount.objects.create(product=product, min_quantity=5, percent=20)


def test_the_rules_of_a_product_are_its_own_its_category_s_and_the_shop_s() -> None:
    product = make_product()
    rows: dict[str, dict[str, Any]] = {
        "Shop": {},
        "Category": {"category": product.category},
        "Own": {"product": product},
        "Another's": {"product": make_product()},
        "Another shelf": {"category": make_category()},
        "Retired": {"is_active": False},
    }
    for name, values in rows.items():
        PriceRule.objects.create(name=name, percent=10, **SEASON, **values)
    rules = PriceRule.objects.of(product, product.category)
    assert {rule.name for rule in rules} == {"Shop", "Category", "Own"}
