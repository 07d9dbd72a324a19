import json
import re
from itertools import pairwise
from typing import Any

import pytest

from catalog.demo import SHOP, load_demo_products
from catalog.models import Category, PriceRule, PriceTier, Product, QuantityDiscount
from catalog.tests.factories import make_product

pytestmark = pytest.mark.django_db


def tiers(product: Product) -> dict[tuple[str, int], int]:
    return {(tier.unit, tier.length): tier.amount_minor for tier in product.price_tiers.all()}


def test_the_demo_shop_is_loaded_whole() -> None:
    shop = json.loads(SHOP.read_text(encoding="utf-8"))
    count = load_demo_products()
    assert count == len(shop["products"]) == Product.objects.active().count()
    assert count >= 30
    assert Category.objects.filter(products__isnull=False).distinct().count() == 6


def test_what_is_loaded_passes_every_rule_of_the_models() -> None:
    load_demo_products()
    for product in Product.objects.with_tiers():
        product.full_clean()
        for tier in product.price_tiers.all():
            tier.full_clean()
    for row in (*PriceRule.objects.all(), *QuantityDiscount.objects.all()):
        row.full_clean()


def test_loading_twice_changes_nothing() -> None:
    load_demo_products()
    before = set(Product.objects.values_list("id", "name", "units"))
    prices = [model.objects.count() for model in (PriceTier, PriceRule, QuantityDiscount)]
    load_demo_products()
    assert set(Product.objects.values_list("id", "name", "units")) == before
    assert [model.objects.count() for model in (PriceTier, PriceRule, QuantityDiscount)] == prices
    assert all(prices)


def test_loading_again_restores_the_demo_products_and_touches_no_other() -> None:
    load_demo_products()
    Product.objects.filter(slug="city-bike").update(is_active=False, units=0)
    own = make_product(name="Our own")
    load_demo_products()
    bike = Product.objects.get(slug="city-bike")
    assert bike.is_active
    assert bike.units == 12
    own.refresh_from_db()
    assert tiers(own) == {("DAY", 1): 2500}


def test_there_is_one_product_with_a_single_unit() -> None:
    load_demo_products()
    assert Product.objects.filter(units=1).count() == 1
    assert set(Product.objects.values_list("units", flat=True)) <= set(range(1, 13))


def test_longer_rentals_cost_more_in_all_and_less_a_day() -> None:
    load_demo_products()
    hours = {"HOUR": 1, "DAY": 24, "WEEK": 168, "MONTH": 720}
    for product in Product.objects.with_tiers():
        ladder = [(hours[u] * n, amount) for (u, n), amount in tiers(product).items()]
        for (short, cheap), (long, dear) in pairwise(ladder):
            assert cheap < dear < cheap * long / short, product


def test_the_shop_reads_well() -> None:
    shop: dict[str, Any] = json.loads(SHOP.read_text(encoding="utf-8"))
    assert shop["currency"] == "EUR"
    for row in shop["products"]:
        assert len(row["description"]) > 40, row["slug"]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"])
